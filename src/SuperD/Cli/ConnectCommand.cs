using System.CommandLine;
using System.Net.Sockets;
using System.Text;
using SuperD.Configuration;

namespace SuperD.Cli;

/// <summary><c>superd connect</c>: a client for trying out a service, which joins the terminal to a connection.</summary>
/// <remarks>
/// The end of stdin ends only the sending half; the command ends when the server does. <c>--send TEXT</c> is the same as <c>printf '%s\n'
/// TEXT | superd connect</c>: it sends the line and ends the sending half, so that a handler that reads to the end (cat) ends too. A
/// handler that never reads (han) or reads one line (welcome) does not notice. Ctrl-C ends it like any program.
/// </remarks>
internal static class ConnectCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build()
    {
        var target = new Argument<string>("HOST:PORT") { Description = "Where to connect: 127.0.0.1:9003, localhost:9003 or [::1]:9003" };
        var send = new Option<string?>("--send") { HelpName = CommandLine.FreeText, Description = "Send TEXT as a line instead of stdin" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Show each step, and mark the lines of the server" };

        var command = new Command("connect", "Connect to a service: stdin goes to it, its answer to stdout") { target, send, verbose };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(target),
            parsed.GetValue(send) is { } text ? new MemoryStream(Encoding.UTF8.GetBytes(text + "\n")) : StandardStreams.OpenInput(),
            new Transcript(StandardStreams.OpenOutput(), parsed.GetValue(verbose)),
            parsed.InvocationConfiguration.Error));
        return command;
    }

    /// <summary>
    /// Runs the command without its command line: joins <paramref name="input"/> and <paramref name="transcript"/> to the service at
    /// <paramref name="target"/>.
    /// </summary>
    /// <param name="target">HOST:PORT as written.</param>
    /// <param name="input">What to send. A read may be left pending if the server ends first.</param>
    /// <param name="transcript">Receives what the server sends.</param>
    /// <param name="error">Receives one line on failure.</param>
    /// <returns>An <see cref="ExitCode"/>: Ok if the server has ended, Usage, Unavailable, or IoError.</returns>
    /// <exception cref="OutputFailure">The transcript cannot be written.</exception>
    public static async Task<int> RunAsync(string target, Stream input, Transcript transcript, TextWriter error)
    {
        if (!HostAndPort.TryParse(target, out var server))
        {
            error.WriteLine($"superd: {Wording.Quote(target)} is not HOST:PORT; write for example 127.0.0.1:9003 or [::1]:9003");
            return ExitCode.Usage;
        }

        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp); // dual-stack: a name may have IPv4 addresses too
            transcript.Step("Create Socket");
            try
            {
                await socket.ConnectAsync(server.Host, server.Port);
            }
            catch (SocketException e)
            {
                var hint = e.SocketErrorCode == SocketError.ConnectionRefused ? "; is superd running?" : "";
                error.WriteLine($"superd: cannot connect to {server}: {Reason(e)}{hint}");
                return ExitCode.Unavailable;
            }

            transcript.Step("Connect Server");
            var conversation = new Conversation(socket, input, transcript);
            await conversation.RunAsync();
            if (!conversation.HasReceived)
            {
                // An answer may be empty, but a client that is refused gets no more than this.
                error.WriteLine(
                    $"superd: {server} ended the connection and sent nothing; "
                    + "'superd why ADDRESS SERVICE' says whether superd refuses the client, "
                    + "'superd status SERVICE' how its handlers ended");
            }

            return ExitCode.Ok;
        }
        catch (SocketException e)
        {
            error.WriteLine($"superd: lost the connection to {server}: {Reason(e)}");
            return ExitCode.IoError;
        }
        catch (IOException e) when (e is not OutputFailure)
        {
            error.WriteLine($"superd: cannot read stdin: {e.Message}");
            return ExitCode.IoError;
        }
    }

    /// <summary>strerror's text alone: the message of an exception from connect(2) ends with the address.</summary>
    private static string Reason(SocketException e) => new SocketException((int)e.SocketErrorCode).Message;
}
