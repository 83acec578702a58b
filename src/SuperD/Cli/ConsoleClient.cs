using System.Net.Sockets;
using System.Text.Json;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>A connection to a running superd's console. What superd refuses is said on stderr.</summary>
internal sealed class ConsoleClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;
    private readonly TextWriter _error;

    private ConsoleClient(Socket socket, TextWriter error)
    {
        _socket = socket;
        _socket.ReceiveTimeout = (int)s_patience.TotalMilliseconds;
        _socket.SendTimeout = (int)s_patience.TotalMilliseconds;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream);
        _error = error;
    }

    /// <summary>What the command ends with when superd has refused: see <see cref="TryAsk"/>.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Connects to the first socket that is there; null and an <see cref="Cli.ExitCode"/> when nobody answers, which is then said.</summary>
    public static ConsoleClient? TryConnect(IReadOnlyList<string> sockets, TextWriter error, out int exitCode)
    {
        string path = sockets.FirstOrDefault(File.Exists) ?? sockets[0];
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            exitCode = Cli.ExitCode.Ok;
            return new ConsoleClient(socket, error);
        }
        catch (Exception problem) when (problem is SocketException or ArgumentOutOfRangeException)
        {
            socket.Dispose();
            bool isForbidden = problem is SocketException { SocketErrorCode: SocketError.AccessDenied };
            exitCode = isForbidden ? Cli.ExitCode.NoPermission : Cli.ExitCode.Unavailable;
            string reason = problem is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? "there is no such socket" // .NET's word for ENOENT
                : problem is SocketException known ? new SocketException((int)known.SocketErrorCode).Message : "the path is too long for a socket";
            string remedy = isForbidden
                ? "root may, superd's own user, and the members of control.group in superd.toml"
                : "is it running, with this superd.toml? Name another with -c FILE, or the socket with --socket PATH";
            error.WriteLine($"superd: no superd answers at {path}: {reason}; {remedy}");
            return null;
        }
    }

    /// <summary>How long the next replies may take.</summary>
    public void WaitFor(TimeSpan patience) => _socket.ReceiveTimeout = (int)patience.TotalMilliseconds;

    /// <summary>Asks; false when superd refuses, which is then said, with an <see cref="ExitCode"/>.</summary>
    /// <param name="before">What is said before a refusal; null = nothing.</param>
    public bool TryAsk(ControlRequest request, out ControlReply reply, Action<ControlReply>? before = null)
    {
        try
        {
            _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Line.ControlRequest), (byte)'\n']);
        }
        catch (IOException)
        {
            // It has said why it does not listen, and that can still be read.
        }

        string line = _reader.ReadLine() ?? throw new IOException("it ended the conversation");
        reply = JsonSerializer.Deserialize(line, ControlJson.Line.ControlReply) ?? new ControlReply();
        if (reply.Ok)
        {
            return true;
        }

        before?.Invoke(reply);
        _error.WriteLine($"superd: {reply.Error}");
        ExitCode = reply.Kind switch
        {
            "denied" => Cli.ExitCode.NoPermission,
            ControlCommands.NotReloaded => Cli.ExitCode.Config,
            ControlCommands.UpgradeFailed => Cli.ExitCode.No,
            "unknown_service" or "unknown_connection" => Cli.ExitCode.Unavailable,
            _ => Cli.ExitCode.Usage,
        };
        return false;
    }

    /// <summary>Asks page by page, and puts the pages together.</summary>
    public bool TryAskAll(ControlRequest request, out ControlReply whole)
    {
        List<ServiceState> services = [];
        List<ConnectionState> connections = [];
        int ended = 0;
        while (TryAsk(request, out whole))
        {
            services.AddRange(whole.Services ?? []);
            connections.AddRange(whole.Connections ?? []);
            ended += whole.Ended ?? 0;
            if (whole is { Next: null, NextService: null })
            {
                whole = whole with
                {
                    Services = whole.Services is null ? null : services,
                    Connections = whole.Connections is null ? null : connections,
                    Ended = whole.Ended is null ? null : ended,
                };
                return true;
            }

            request = request with { After = whole.Next, AfterService = whole.NextService };
        }

        return false;
    }

    /// <summary>The lines that come by themselves, until superd ends.</summary>
    public IEnumerable<string> Lines()
    {
        _socket.ReceiveTimeout = 0; // for ever: nothing has to happen
        while (_reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>A reply as <c>--json</c> prints it.</summary>
    public static void Print(ControlReply reply) => Console.Out.WriteLine(JsonSerializer.Serialize(reply, ControlJson.Readable.ControlReply));

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }
}
