using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using SuperD.Cli;
using SuperD.Configuration;
using SuperD.Tests.Support;

namespace SuperD.Tests.Cli;

public sealed class ConnectTests
{
    private TcpListener _listener = null!; // set before each test
    private Pipe _input = null!;
    private Pipe _output = null!;
    private StringWriter _error = null!;

    private string Target => _listener.LocalEndpoint.ToString()!; // an IPEndPoint: never null

    [SetUp]
    public void Listen()
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _input = new Pipe();
        _output = new Pipe(new PipeOptions(pauseWriterThreshold: 0)); // unlimited, because some tests read it only at the end
        _error = new StringWriter();
    }

    [TearDown]
    public void StopListening()
    {
        _listener.Dispose();
        _error.Dispose();
    }

    [Test]
    public async Task Every_byte_arrives_in_both_directions()
    {
        var bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        var connect = Connect(Target, new MemoryStream(bytes));

        using (var server = await AcceptAsync())
        {
            await using var stream = server.GetStream();
            await stream.CopyToAsync(stream).WaitAsync(Patience.Limit);
        }

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
        Assert.That(await ReadOutputAsync(), Is.EqualTo(bytes));
    }

    [TestCase("", "superd: .* ended the connection and sent nothing; 'superd why ADDRESS SERVICE' says [^\n]*\n")]
    [TestCase("x", "")]
    public async Task A_server_that_ends_without_a_word_is_told(string answer, string error)
    {
        var connect = Connect(Target, Text("question"));

        using (var server = await AcceptAsync())
        {
            await ReadToEndAsync(server);
            server.Client.Send(Encoding.UTF8.GetBytes(answer));
        }

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
        Assert.That(_error.ToString(), Does.Match($"^{error}$"));
    }

    [Test]
    public async Task The_end_of_stdin_ends_only_the_sending_half()
    {
        var connect = Connect(Target, Text("question"));

        using (var server = await AcceptAsync())
        {
            Assert.That(await ReadToEndAsync(server), Is.EqualTo("question"));
            await server.GetStream().WriteAsync("answer"u8.ToArray());
        }

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
        Assert.That(Encoding.UTF8.GetString(await ReadOutputAsync()), Is.EqualTo("answer"));
    }

    [Test]
    public async Task The_end_of_the_server_ends_it_while_stdin_is_open()
    {
        var connect = Connect(Target, _input.Reader.AsStream());

        (await AcceptAsync()).Dispose();

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public async Task A_prompt_is_shown_before_its_line_ends([Values] bool verbose)
    {
        var connect = Connect(Target, _input.Reader.AsStream(), verbose);

        using (var server = await AcceptAsync())
        {
            await server.GetStream().WriteAsync("login: "u8.ToArray());
            await ReadOutputUntilAsync("login: ");
        }

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public async Task Verbose_shows_each_step_and_marks_each_line_of_the_server()
    {
        var connect = Connect(Target, Stream.Null, verbose: true);

        using (var server = await AcceptAsync())
        {
            await server.GetStream().WriteAsync("Welcome\n\nto Server"u8.ToArray());
        }

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
        Assert.That(Encoding.UTF8.GetString(await ReadOutputAsync()), Is.EqualTo("""
            ==> Create Socket
            ==> Connect Server
            ==> From Server : Welcome
            ==> From Server : 
            ==> From Server : to Server

            """));
    }

    [Test]
    public async Task Send_sends_one_line_and_ends_the_sending_half()
    {
        using var connect = new RunningProgram(SuperdProgram.Path, ["connect", Target, "--send", "bonjour à tous"]);

        using (var server = await AcceptAsync())
        {
            Assert.That(await ReadToEndAsync(server), Is.EqualTo("bonjour à tous\n"));
            await server.GetStream().WriteAsync("merci\n"u8.ToArray());
        }

        Assert.That(connect.Output.ReadLine(), Is.EqualTo("merci"));
        Assert.That(connect.WaitForEnd(), Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public async Task Every_address_of_a_name_is_tried()
    {
        // On machines where localhost resolves to ::1 first, nothing listens there.
        var connect = Connect($"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}", Stream.Null);

        (await AcceptAsync()).Dispose();

        Assert.That(await connect, Is.EqualTo(ExitCode.Ok));
    }

    [Test]
    public async Task A_refused_connection_is_told_in_one_line()
    {
        // Bound, so that nothing else can take the port, but not listening.
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        // bound: has an end point
        Assert.That(await Connect(bound.LocalEndPoint!.ToString()!, Stream.Null), Is.EqualTo(ExitCode.Unavailable));
        Assert.That(
            _error.ToString(), Is.EqualTo($"superd: cannot connect to {bound.LocalEndPoint}: Connection refused; is superd running?\n"));
    }

    [TestCase("9003")]
    [TestCase("localhost")]
    [TestCase("localhost:")]
    [TestCase(":9003")]
    [TestCase("localhost:0")]
    [TestCase("localhost:65536")]
    [TestCase("localhost:-1")]
    [TestCase("localhost:http")]
    [TestCase("::1:9003")]
    [TestCase("[::1]")]
    [TestCase("[]:9003")]
    [TestCase("[localhost]:9003")]
    [TestCase("")]
    public async Task A_target_that_is_not_host_and_port_is_a_usage_error(string target)
    {
        Assert.That(await Connect(target, Stream.Null), Is.EqualTo(ExitCode.Usage));
        Assert.That(_error.ToString(), Does.StartWith($"superd: {Wording.Quote(target)} is not HOST:PORT; ").And.EndsWith("\n"));
    }

    [TestCase("localhost:1", "localhost", 1)]
    [TestCase("192.0.2.7:65535", "192.0.2.7", 65535)]
    [TestCase("[2001:db8::7]:9003", "2001:db8::7", 9003)]
    public void A_target_is_read_and_shown_as_written(string text, string host, int port)
    {
        Assert.That(HostAndPort.TryParse(text, out var target), Is.True);
        Assert.That(target, Is.EqualTo(new HostAndPort(host, port)));
        Assert.That(target!.ToString(), Is.EqualTo(text)); // parsed: not null
    }

    [Test]
    public async Task A_reset_connection_is_told_after_what_the_server_had_said()
    {
        var connect = Connect(Target, _input.Reader.AsStream());

        using var server = await AcceptAsync();
        await server.GetStream().WriteAsync("half an ans"u8.ToArray());
        await ReadOutputUntilAsync("half an ans");
        server.Client.Close(timeout: 0); // sends RST

        Assert.That(await connect, Is.EqualTo(ExitCode.IoError));
        Assert.That(_error.ToString(), Is.EqualTo($"superd: lost the connection to {Target}: Connection reset by peer\n"));
    }

    [Test]
    public async Task Ctrl_C_ends_it_while_both_sides_are_silent()
    {
        const int SigInt = 2;

        // env: a test run in the background of a shell passes an ignored SIGINT on to its children.
        using var connect = new RunningProgram("env", ["--default-signal=INT", SuperdProgram.Path, "connect", Target]);
        using var server = await AcceptAsync();

        Assert.That(connect.Signal(SigInt), Is.True);

        Assert.That(connect.WaitForEnd(), Is.EqualTo(128 + SigInt)); // as .NET and the shell report SIGINT
    }

    private async Task<int> Connect(string target, Stream input, bool verbose = false)
    {
        await using var output = _output.Writer.AsStream();
        return await ConnectCommand.RunAsync(target, input, new Transcript(output, verbose), _error).WaitAsync(Patience.Limit);
    }

    private async Task<TcpClient> AcceptAsync() => await _listener.AcceptTcpClientAsync().WaitAsync(Patience.Limit);

    private static async Task<string> ReadToEndAsync(TcpClient client) =>
        await new StreamReader(client.GetStream(), leaveOpen: true).ReadToEndAsync().WaitAsync(Patience.Limit);

    private async Task<byte[]> ReadOutputAsync()
    {
        using var bytes = new MemoryStream();
        await _output.Reader.AsStream().CopyToAsync(bytes).WaitAsync(Patience.Limit);
        return bytes.ToArray();
    }

    private async Task ReadOutputUntilAsync(string end)
    {
        var output = new StringBuilder();
        while (!output.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var read = await _output.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
            output.Append(Encoding.UTF8.GetString(read.Buffer));
            _output.Reader.AdvanceTo(read.Buffer.End);
            Assert.That(read.IsCompleted, Is.False, $"the output ended with: {output}");
        }
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
