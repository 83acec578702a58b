using System.Text.RegularExpressions;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>The configuration that superd ships does what the lecture shows; only the ports differ here.</summary>
public sealed partial class LectureTests
{
    private TempDir _directory = null!; // set before each test
    private PlainSuperd? _superd;

    private PlainSuperd Superd => _superd ??= new PlainSuperd(_directory.Path);

    [SetUp]
    public void CopyWhatIsShipped()
    {
        _directory = new TempDir();
        foreach (string file in (string[])["superd.toml", .. FilesIn("services.d"), .. FilesIn("src/handlers")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory[file])!); // below the directory: never null
            File.Copy(Repository.PathOf(file), _directory[file]);
        }

        foreach (string file in Directory.EnumerateFiles(_directory["services.d"]))
        {
            string text = File.ReadAllText(file);
            Assert.That(ListenLine().Count(text), Is.EqualTo(1), $"listen lines of {file}");
            File.WriteAllText(file, ListenLine().Replace(text, "listen = \"127.0.0.1:0\""));
        }
    }

    [TearDown]
    public void Stop()
    {
        _superd?.Dispose();
        _superd = null;
        _directory.Dispose();
    }

    [Test]
    public void The_shipped_configuration_has_no_error()
    {
        ProgramResult check = SuperdProgram.Run(Repository.Root, "check");

        Assert.That(check.StandardOutput, Does.Contain("superd.toml: 4 services, 0 errors"));
        Assert.That(check.ExitCode, Is.Zero);
    }

    [TestCase("welcome", 9001)]
    [TestCase("concurrent", 9002)]
    [TestCase("han", 9003)]
    public void The_shipped_ports_are_those_of_the_lecture(string service, int port) =>
        Assert.That(File.ReadAllText(Repository.PathOf($"services.d/{service}.toml")), Does.Contain($"\nlisten = \"127.0.0.1:{port}\"\n"));

    [Test]
    public void Welcome_greets_and_logs_what_the_client_says()
    {
        using Client client = Connect("welcome");

        Assert.That(client.ReadLine(), Is.EqualTo("Welcome to Network Server!!!"));
        Superd.WaitFor("stderr welcome conn=1: *** Send a Message to Client(127.0.0.1)");
        client.Send("hello, server\n");
        Superd.WaitFor("stderr welcome conn=1: ** From Client : hello, server");
        Assert.That(client.ReadToEnd(), Is.Empty);
        Assert.That(Superd.WaitFor("end welcome conn=1"), Does.Contain("exit=0"));
    }

    [Test]
    public void Welcome_is_iterative_the_second_client_gets_nothing_until_the_first_is_done()
    {
        using Client first = Connect("welcome");
        Assert.That(first.ReadLine(), Is.EqualTo("Welcome to Network Server!!!"));
        using Client second = Connect("welcome");
        Assert.That(ProcFs.Children(Superd.Pid), Has.Length.EqualTo(1));

        first.Send("done\n");

        Assert.That(second.ReadLine(), Is.EqualTo("Welcome to Network Server!!!"));
        Superd.WaitFor("accept welcome conn=2");
        string[] events = [.. Superd.Lines.Select(line => Event().Match(line).Value).Where(text => text.Length > 0)];
        Assert.That(events, Is.EqualTo(["accept welcome conn=1", "end welcome conn=1", "accept welcome conn=2"]));
    }

    [Test]
    public void Concurrent_has_a_process_for_each_client()
    {
        using Client first = Connect("concurrent");
        using Client second = Connect("concurrent");

        Assert.That(second.ReadLine(), Is.EqualTo("Welcome to Server"));
        Assert.That(first.ReadLine(), Is.EqualTo("Welcome to Server"));
        string handler = _directory["src/handlers/concurrent"];
        Assert.That(ProcFs.Arguments(Superd.Pid), Is.EqualTo([SuperdProgram.Path]));
        Assert.That(
            ProcFs.Children(Superd.Pid).Select(ProcFs.Arguments), Is.EqualTo([["/bin/sh", handler], (string[])["/bin/sh", handler]]));

        second.Send("two\n");
        Superd.WaitFor("stderr concurrent conn=2: ** From Client : two");
        first.Send("one\n");
        Superd.WaitFor("stderr concurrent conn=1: ** From Client : one");
    }

    [Test]
    public void Han_greets_and_stays_for_five_seconds_in_every_language()
    {
        Needs.Program("python3");
        CProgram.Compile(_directory, "src/handlers/han-c", File.ReadAllText(Repository.PathOf("src/handlers/han.c")));
        AddService("han-c", "../src/handlers/han-c");
        AddService("han-py", "../src/handlers/han.py");
        AddService("han-cs", Repository.Built("han-cs", "han-cs"));
        string[] services = ["han", "han-c", "han-py", "han-cs"];
        Client[] clients = [.. services.Select(Connect)];

        foreach ((Client client, string service) in clients.Zip(services))
        {
            using (client)
            {
                Assert.That(client.ReadToEnd(), Is.EqualTo("Welcome to Server, from Han!\n"), service);
            }

            string end = Superd.WaitFor($"end {service} ");
            Assert.That(end, Does.Contain("exit=0"));
            Assert.That(int.Parse(Duration().Match(end).Value), Is.GreaterThanOrEqualTo(5000), end);
        }
    }

    [Test]
    public void Superd_connect_is_the_client_of_the_lecture()
    {
        ProgramResult client = SuperdProgram.Run(
            _directory.Path, "connect", "-v", "--send", "hello, server", $"127.0.0.1:{Port("welcome")}");

        Assert.That(client.StandardOutput, Is.EqualTo("""
            ==> Create Socket
            ==> Connect Server
            ==> From Server : Welcome to Network Server!!!

            """));
        Assert.That(client.ExitCode, Is.Zero);
        Superd.WaitFor("** From Client : hello, server");
    }

    private static IEnumerable<string> FilesIn(string directory) =>
        Directory.EnumerateFiles(Repository.PathOf(directory)).Select(path => Path.GetRelativePath(Repository.Root, path));

    private void AddService(string name, string exec) =>
        _directory.Write($"services.d/{name}.toml", $"listen = \"127.0.0.1:0\"\nexec = {TomlText.Of(exec)}\n");

    private Client Connect(string service) => new(Port(service));

    /// <summary>Reads it from the <c>ready</c> line: <c>ready services=1 listeners=1 han=127.0.0.1:9003</c>.</summary>
    private int Port(string service) =>
        int.Parse(Regex.Match(Superd.WaitFor(" ready "), $@"(?<= {service}=127\.0\.0\.1:)\d+").Value);

    [GeneratedRegex("^listen = .*$", RegexOptions.Multiline)]
    private static partial Regex ListenLine();

    [GeneratedRegex(@"(accept|end) \S+ conn=\d+")]
    private static partial Regex Event();

    [GeneratedRegex(@"(?<=duration_ms=)\d+")]
    private static partial Regex Duration();
}
