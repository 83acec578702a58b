# What welcome and concurrent have in common. They read this file with `.`; it is not a handler.
#
# stdin and stdout are the client's socket, stderr is superd's log.

# send_welcome TEXT: sends the client TEXT as one line, and logs that.
send_welcome() {
    printf '%s\n' "$1"
    printf '*** Send a Message to Client(%s)\n' "${REMOTE_ADDR:-unknown}" >&2
}

# receive_message: waits for one line from the client and logs it. Logs nothing when the client ends without a word.
receive_message() {
    # At the end of input `read` fails, but what came without a newline is in the variable all the same.
    IFS= read -r message || [ -n "$message" ] || return 0

    # Many clients (telnet, Windows) end a line with CR LF.
    printf '** From Client : %s\n' "${message%"$(printf '\r')"}" >&2
}
