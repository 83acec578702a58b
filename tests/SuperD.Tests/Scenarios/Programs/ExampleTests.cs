using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Programs;

/// <summary>The files in services.d/examples, copied to where they would be served and served.</summary>
public sealed class ExampleTests
{
    private static readonly string s_directory = Repository.PathOf("services.d/examples");

    private OutsideDir _directory = null!; // set before each test

    private static IEnumerable<string> All =>
        Directory.GetFiles(s_directory, "*.toml").Select(Path.GetFileNameWithoutExtension).OfType<string>();

    [SetUp]
    public void MakeDirectory()
    {
        Needs.Root();
        _directory = new OutsideDir();
        foreach (string file in Directory.GetFiles(Repository.PathOf("src/handlers")))
        {
            _directory.Copy(file, $"src/handlers/{Path.GetFileName(file)}");
        }

        _directory.Copy(Path.Combine(s_directory, "challenge.flag"), "services.d/examples/challenge.flag");
    }

    [TearDown]
    public void DeleteDirectory() => _directory?.Dispose();

    [TestCaseSource(nameof(All))]
    public void An_example_is_served_only_when_it_is_copied(string name)
    {
        _directory.Write("superd.toml", "");
        string text = File.ReadAllText(Path.Combine(s_directory, $"{name}.toml"));
        _directory.Write($"services.d/examples/{name}.toml", text);
        _directory.Write("services.d/cat.toml", "listen = \"127.0.0.1:0\"\nexec = \"/bin/cat\"\nuser = \"nobody\"\n");
        Assert.That(Check(), Does.Contain("cat").And.Not.Contains(name), "it is neither served nor an oversight");

        _directory.Write($"services.d/{name}.toml", text);
        Assert.That(Check(), Does.Contain($"{name}: user dynamic, sandbox ").And.Contains("0 errors"));
    }

    [Test]
    public void The_quiz_asks_three_questions_in_a_strict_sandbox()
    {
        Needs.Landlock(3);
        using Daemon daemon = Start("quiz", "listen  = 9010", "listen  = \"127.0.0.1:0\"");
        using Client client = daemon.Connect("quiz");
        string reply = client.Send("SYN\n16\nopen $(id)\n").EndSending().ReadToEnd();

        Assert.That(reply, Does.StartWith("Hello 127.0.0.1.").And.Contain("Right.").And.EndWith("No, it is accept.\n2 of 3.\n"));
        Assert.That(daemon.WaitFor("end", "quiz")["exit"], Is.EqualTo("0"));
    }

    [Test]
    public void A_tool_on_a_socket_answers_every_user_of_the_machine()
    {
        Needs.Landlock(3);
        Needs.File("/usr/bin/python3");
        string path = _directory["mcp.sock"];
        using Daemon daemon = Start("mcp", "/run/mcp.sock", path);
        using Client client = new(new UnixDomainSocketEndPoint(path));

        client.Send("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}""" + "\n");
        Assert.That(Result(client).GetProperty("serverInfo").GetProperty("name").GetString(), Is.EqualTo("adder"));
        foreach (string nonsense in (string[])["[1]", "7", "{", """{"id":1}""", """{"id":1,"method":"tools/call","params":[]}"""])
        {
            client.Send(nonsense + "\n");
            Assert.That(client.ReadLine(), Does.Contain("\"error\""), $"{nonsense} does not end it");
        }

        client.Send("""{"jsonrpc":"2.0","method":"notifications/initialized"}""" + "\n");
        client.Send("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":40}}}""" + "\n");
        Assert.That(Result(client).GetProperty("content")[0].GetProperty("text").GetString(), Is.EqualTo("42"));

        Assert.That(client.EndSending().ReadToEnd(), Is.Empty);
        Assert.That(daemon.WaitFor("end", "mcp").Reason, Is.Null, "it ends with its input");
    }

    [Test]
    public void A_player_of_the_challenge_finds_the_flag_and_nothing_else()
    {
        Needs.File("/usr/bin/python3");
        using Daemon daemon = Start("challenge", "listen  = 9011", "listen  = \"127.0.0.1:0\"");
        using Client client = daemon.Connect("challenge"), other = daemon.Connect("challenge");
        other.ReadLine();
        string reply = client
            .Send("open('/flag').read()\n")
            .Send("sorted({'home', 'root', 'run', 'mnt', 'etc', 'flag'} & set(__import__('os').listdir('/')))\n")
            .Send("[name for name in __import__('os').listdir('/proc') if name.isdigit()]\n")
            .Send($"[name for name in __import__('os').listdir('{_directory["src/handlers"]}') if 'flag' in name]\n")
            .Send("__import__('socket').create_connection(('127.0.0.1', 1))\n")
            .Send("__import__('socket').gethostname(), __import__('os').getuid() >= 61184\n")
            .EndSending().ReadToEnd();

        string[] lines = reply.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[1], Is.EqualTo("flag{eval-is-no-parser}"));
        Assert.That(lines[2], Is.EqualTo("['etc', 'flag']"), "of the machine it has the system's own");
        Assert.That(lines[3], Is.EqualTo("['1']"), "no other player's process");
        Assert.That(lines[4], Is.EqualTo("[]"), "there is none beside the program");
        Assert.That(lines[5], Does.Contain("Error"));
        Assert.That(lines[6], Is.EqualTo("('challenge', True)"));
    }

    private string Check()
    {
        ProgramResult check = SuperdProgram.Run(_directory.Path, "check");
        return check.StandardOutput + check.StandardError;
    }

    private static JsonElement Result(Client client) =>
        JsonDocument.Parse(client.ReadLine()).RootElement.GetProperty("result");

    /// <summary>superd with one example, at another address.</summary>
    private Daemon Start(string name, string listen, string other)
    {
        string toml = File.ReadAllText(Path.Combine(s_directory, $"{name}.toml"));
        Assert.That(toml, Does.Contain(listen).And.Contain("\"../src/handlers/"));
        return Daemon.Start((name, toml.Replace(listen, other)
            .Replace("../src/handlers", _directory["src/handlers"]).Replace("\"examples/", $"\"{_directory["services.d/examples"]}/")));
    }
}
