# Functions that welcome and concurrent share. They source this file; it is not a handler.
#
# stdin and stdout are the client's socket, stderr is superd's log.

# send_welcome TEXT: sends TEXT to the client as one line, and logs it.
send_welcome() {
    printf '%s\n' "$1"
    printf '*** Send a Message to Client(%s)\n' "${REMOTE_ADDR:-unknown}" >&2
}

# receive_message: waits for one line from the client and logs it. Logs nothing if the client sends nothing before it closes.
receive_message() {
    # At the end of input `read` fails, but a last line without a newline is still in the variable.
    IFS= read -r message || [ -n "$message" ] || return 0

    # Many clients (telnet, Windows) end a line with CR LF.
    printf '** From Client : %s\n' "${message%"$(printf '\r')"}" >&2
}
