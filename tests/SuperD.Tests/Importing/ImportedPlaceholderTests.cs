using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Importing;
using SuperD.Importing.Inetd;

namespace SuperD.Tests.Importing;

/// <summary>Words of the original that superd would replace, which no import may make placeholders of.</summary>
public sealed class ImportedPlaceholderTests
{
    private const string Accept = "ListenStream=9003\nAccept=yes";

    private ImportSource _source = null!; // set before each test

    [SetUp]
    public void MakeSource() => _source = new ImportSource();

    [TearDown]
    public void DeleteSource() => _source.Dispose();

    /// <summary>Every placeholder there is, so that a new one is not forgotten.</summary>
    private static readonly IEnumerable<string> s_all = Enum.GetValues<LaunchPlaceholder>().Select(LaunchText.Show);

    [TestCaseSource(nameof(s_all))]
    public void A_word_that_superd_would_replace_turns_the_service_off(string word)
    {
        AssertOff(_source.XinetdService($"server_args = a{word}b"), word);
        AssertOff(_source.XinetdService($"flags = NAMEINARGS\nserver_args = {word}"), word);
        AssertOff(_source.XinetdService($"env = X={word}"), word);
        AssertOff(_source.XinetdService($"server = /bin/{word}"), word);
        AssertOff(_source.Inetd($"9003 stream tcp nowait nobody /bin/cat cat {word}\n").Single(), word);
        AssertOff(_source.Inetd($"9003 stream tcp nowait nobody /bin/cat {word}\n", InetdDialect.FreeBsd).Single(), word);
        AssertOff(_source.Systemd(Accept, $"ExecStart=/bin/echo {word}\nStandardInput=socket"), word);
        AssertOff(_source.Systemd(Accept, $"ExecStart=/bin/echo {word}"), word);
        AssertOff(_source.Systemd(Accept, $"ExecStart=/bin/echo\nEnvironment=FOO={word}\nStandardInput=socket"), word);
        string file = _source.Directory.Write("env", $"FOO={word}\n", "644");
        AssertOff(_source.Systemd(Accept, $"ExecStart=/bin/echo\nEnvironmentFile={file}\nStandardInput=socket"), word);
    }

    [TestCase("/bin/echo {%%{X}}")]
    [TestCase("/bin/echo {peer}")]
    [TestCase("/bin/awk {print}")]
    [TestCase(":/bin/sh -c 'echo ${service}'")]
    public void Other_braces_are_literal(string command) =>
        Assert.That(_source.Systemd(Accept, $"ExecStart={command}\nStandardInput=socket").Enabled, Is.True);

    [TestCase("ExecStart=/bin/echo {%p}", "service")]
    [TestCase("ExecStart=/bin/echo {${X}}\nEnvironment=X=service", "test")]
    [TestCase("ExecStart=/bin/echo $X\nEnvironment=X={service}", "test")]
    public void A_word_that_is_put_together_is_seen_too(string lines, string name)
    {
        _source.Directory.Write($"{name}.socket", $"[Socket]\n{Accept}\n");
        _source.Directory.Write($"{name}@.service", $"[Service]\n{lines}\nStandardInput=socket\n");
        ServiceFile file = SuperD.Importing.Systemd.SystemdMapper
            .Import([_source.Directory[$"{name}.socket"]], _source.Report, ImportCorpus.Host).Files!.Single(); // the files are there
        AssertOff(file, "{service}");
    }

    [TestCase("/bin/echo {%i}", "[\"/bin/echo\", \"{{conn}-{peer_addr}}\"]", true)]
    [TestCase("/bin/echo $$%i", "[\"/bin/echo\", \"${conn}-{peer_addr}\"]", false)]
    public void A_placeholder_that_is_meant_stays(string command, string exec, bool isOn)
    {
        ServiceFile file = _source.Systemd("ListenStream=/run/x\nAccept=yes", $"ExecStart={command}\nStandardInput=socket");
        Assert.That((file["exec"], file.Enabled), Is.EqualTo((exec, isOn)));
    }

    [TestCase("hello {peer}\n", true)]
    [TestCase("hello {you}\n", false)]
    public void A_banner_whose_words_superd_would_replace_has_a_note(string text, bool isTold)
    {
        string banner = _source.Directory.Write("banner", text, "644");
        ServiceFile file = _source.XinetdService($"banner = {banner}");
        Assert.That(file.Enabled, Is.True);
        Assert.That(file.Render().Replace("\n# ", " ").Contains("words in braces that superd replaces"), Is.EqualTo(isTold));
        Assert.That(_source.Notes.Any(note => note.Contains("note: banner: ")), Is.EqualTo(isTold));
    }

    private void AssertOff(ServiceFile file, string word)
    {
        string why = $"'{word}' would be replaced by superd";
        Assert.That(file.Reasons, Has.Some.Contains(why), file.Render());
        Assert.That(_source.Notes, Has.Some.Contains("not imported: ").And.Contains(why));
    }
}
