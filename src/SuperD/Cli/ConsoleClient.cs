using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary>A connection to a running superd's console. Prints superd's refusals on stderr.</summary>
/// <remarks>
/// Anybody may have put a socket where superd's is expected. So it asks nothing before it knows who listens, and trusts nothing it
/// receives: lines and times are bounded, a reply must be complete, and its texts are made printable before people read them.
/// </remarks>
internal sealed class ConsoleClient : IDisposable
{
    /// <summary>The most pages of one reply: two million connections.</summary>
    private const int MostPages = 20_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly ReplyReader _reader;
    private readonly ControlJson _json;
    private readonly TextWriter _error;
    private TimeSpan _patience = s_patience;

    private ConsoleClient(string path, Socket socket, bool forPeople, TextWriter error)
    {
        Path = path;
        _socket = socket;
        _reader = new ReplyReader(socket);
        _json = forPeople ? ControlJson.ReplyForPeople : ControlJson.Reply;
        _error = error;
    }

    /// <summary>The socket it is connected to.</summary>
    public string Path { get; }

    /// <summary>The exit code for superd's last refusal; see <see cref="TryAsk"/>.</summary>
    public int ExitCode { get; private set; }

    /// <summary>
    /// Connects to the first socket that exists. If nothing trustworthy answers, prints a message and returns null and an <see
    /// cref="Cli.ExitCode"/>.
    /// </summary>
    /// <param name="configuration">The superd.toml whose owner may run superd; null = unknown.</param>
    /// <param name="forPeople">True to make texts printable, because they are shown as they are; false if they become JSON again.</param>
    public static ConsoleClient? TryConnect(
        IReadOnlyList<string> sockets, string? configuration, bool forPeople, TextWriter error, out int exitCode)
    {
        string path = sockets.FirstOrDefault(File.Exists) ?? sockets[0];
        Socket? socket = null;
        try
        {
            // The timeout covers connect(2) too, which waits while a server accepts nobody.
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                SendTimeout = (int)s_patience.TotalMilliseconds,
            };
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (Exception problem) when (problem is SocketException or ArgumentException)
        {
            socket?.Dispose();
            (exitCode, string reason) = Explain(problem);
            string file = configuration is null ? ""
                : Directory.Exists(configuration) ? $"{Wording.Path(configuration)} is a directory, not a superd.toml; "
                : !File.Exists(configuration) ? $"there is no file {Wording.Path(configuration)}; "
                : "";
            error.WriteLine($"superd: {file}no superd answers at {path}: {reason}");
            return null;
        }

        if (WhyNotTrusted(path, configuration, socket) is { } distrust)
        {
            socket.Dispose();
            error.WriteLine($"superd: what listens at {path} is not taken for superd: {distrust}");
            exitCode = Cli.ExitCode.NoPermission;
            return null;
        }

        exitCode = Cli.ExitCode.Ok;
        return new ConsoleClient(path, socket, forPeople, error);
    }

    /// <summary>Sets how long each of the next replies may take.</summary>
    public void WaitFor(TimeSpan patience) => _patience = patience;

    /// <summary>
    /// Sends a request and reads the reply. If superd refuses, prints the reason, sets <see cref="ExitCode"/> and returns false.
    /// </summary>
    /// <param name="before">Called before a refusal is printed; null = nothing.</param>
    /// <exception cref="ConsoleFailure">No reply came, or it makes no sense.</exception>
    public bool TryAsk(ControlRequest request, out ControlReply reply, Action<ControlReply>? before = null)
    {
        try
        {
            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Line.ControlRequest), (byte)'\n'];
            for (int sent = 0; sent < line.Length;)
            {
                sent += _socket.Send(line.AsSpan(sent));
            }
        }
        catch (SocketException)
        {
            // superd may have sent its reason before it closed; that can still be read.
        }

        reply = ReadReply(request);
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

    /// <summary>Asks page by page, and joins the pages.</summary>
    /// <param name="most">Then it asks for no further page; the reply keeps that there is one.</param>
    public bool TryAskAll(ControlRequest request, out ControlReply whole, int most = int.MaxValue)
    {
        List<ServiceState> services = [];
        List<ConnectionState> connections = [];
        int ended = 0;
        for (int pages = 0; TryAsk(request, out whole); pages++)
        {
            services.AddRange(whole.Services ?? []);
            connections.AddRange(whole.Connections ?? []);
            ended += whole.Ended ?? 0;
            if (whole is { Next: null, NextService: null } || services.Count + connections.Count >= most)
            {
                whole = whole with
                {
                    Services = whole.Services is null ? null : services,
                    Connections = whole.Connections is null ? null : connections,
                    Ended = whole.Ended is null ? null : ended,
                };
                return true;
            }

            bool goesOn = whole.Next > (request.After ?? 0)
                || (whole.NextService is { } next && string.CompareOrdinal(next, request.AfterService) > 0);
            if (!goesOn || pages == MostPages)
            {
                throw Nonsense("its reply never ends");
            }

            request = request with { After = whole.Next, AfterService = whole.NextService };
        }

        return false;
    }

    /// <summary>Returns the log lines that superd sends, until it exits.</summary>
    public IEnumerable<FollowedLine> Follow()
    {
        while (_reader.ReadLine(patience: null) is { } line)
        {
            yield return Understand(() => JsonSerializer.Deserialize(line.Span, _json.FollowedLine)!); // the serializer refuses null
        }
    }

    /// <summary>Like <see cref="Follow"/>, but returns each line as JSON.</summary>
    public IEnumerable<string> FollowAsJson()
    {
        while (_reader.ReadLine(patience: null) is { } line)
        {
            yield return Understand(() => ReadJson(line));
        }
    }

    /// <summary>Prints a reply as <c>--json</c> does.</summary>
    public static void Print(ControlReply reply) =>
        Console.Out.WriteLine(Printable.ShowJson(JsonSerializer.Serialize(reply, ControlJson.Readable.ControlReply)));

    public void Dispose() => _socket.Dispose();

    private static (int ExitCode, string Reason) Explain(Exception problem)
    {
        const string Remedy = "is it running, with this superd.toml? Name another with -c FILE, or the socket with --socket PATH";
        return problem switch
        {
            SocketException { SocketErrorCode: SocketError.AccessDenied } denied =>
                (Cli.ExitCode.NoPermission,
                    $"{Reason(denied)}; root may, superd's own user, and the members of control.group in superd.toml"),
            // .NET reports ENOENT in this way.
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
                (Cli.ExitCode.Unavailable, $"there is no such socket; {Remedy}"),
            SocketException { SocketErrorCode: SocketError.WouldBlock or SocketError.TimedOut } =>
                (Cli.ExitCode.Unavailable, "it accepts nobody, and others wait already; is it stopped, or very busy?"),
            SocketException known => (Cli.ExitCode.Unavailable, $"{Reason(known)}; {Remedy}"),
            _ => (Cli.ExitCode.Unavailable, $"the path is too long for a socket; {Remedy}"),
        };

        static string Reason(SocketException known) => new SocketException((int)known.SocketErrorCode).Message;
    }

    /// <summary>
    /// Returns null if the listener could replace superd anyway: root, this user, the owner of superd.toml, or a user to whom one of them
    /// has given the directory.
    /// </summary>
    private static string? WhyNotTrusted(string path, string? configuration, Socket socket)
    {
        uint own = UnixSocket.OwnUserId;
        var trusted = new HashSet<uint> { 0, own };
        if (configuration is not null && FileStatus.TryRead(configuration, followLinks: true, out FileStatus file) == 0)
        {
            trusted.Add(file.UserId);
        }

        uint listener = UnixSocket.CredentialsOfPeer(socket).UserId;
        return SocketPlace.Examine(System.IO.Path.GetFullPath(path), trusted, own)
            ?? (trusted.Contains(listener) ? null
                : $"its process belongs to uid {listener}, who is neither root nor you nor the owner of superd.toml or of the directory; "
                + "'ss -xlp' shows the process; if it is right, name its superd.toml with -c FILE");
    }

    private ControlReply ReadReply(ControlRequest request)
    {
        ReadOnlyMemory<byte> line = _reader.ReadLine(_patience)
            ?? throw new ConsoleFailure("it ended the conversation", Cli.ExitCode.IoError);
        ControlReply reply = Understand(() => HasNull(line.Span) ? null : JsonSerializer.Deserialize(line.Span, _json.ControlReply))
            ?? throw Nonsense("its reply has an empty part");
        return IsComplete(request, reply) ? reply : throw Nonsense("its reply lacks what was asked for");
    }

    /// <summary>superd never writes a null; it leaves out unknown values.</summary>
    private static bool HasNull(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsComplete(ControlRequest request, ControlReply reply) =>
        !reply.Ok ? reply.Error is not null : request.Command switch
    {
        ControlCommands.Status => reply is { Server: not null, Services: not null } && (request.Service is null || reply.Services is [_]),
        ControlCommands.Connections => reply.Connections is not null,
        ControlCommands.End => reply.Ended is not null,
        ControlCommands.Resume or ControlCommands.Drain when request.Service is null => reply.Server is not null,
        ControlCommands.Pause or ControlCommands.Resume or ControlCommands.Drain => reply.Services is [_],
        ControlCommands.Why => reply.Checks is not null,
        ControlCommands.Tail => request.Lines is null || reply is { Lines: >= 0 } or { Upgrade: not null },
        ControlCommands.Reload => reply.Reload is not null || reply.Upgrade is not null,
        ControlCommands.Upgrade => reply.Upgrade is not null,
        _ => true,
    };

    /// <summary>Returns the line unchanged, if it is JSON.</summary>
    private static string ReadJson(ReadOnlyMemory<byte> line)
    {
        var reader = new Utf8JsonReader(line.Span);
        while (reader.Read())
        {
            // throws where it is not
        }

        return Printable.ShowJson(Encoding.UTF8.GetString(line.Span));
    }

    private T Understand<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw Nonsense($"what it sends is not understood: {problem.Message}");
        }
    }

    private static ConsoleFailure Nonsense(string what) => new($"{what}; is it a superd?", Cli.ExitCode.Unavailable);
}
