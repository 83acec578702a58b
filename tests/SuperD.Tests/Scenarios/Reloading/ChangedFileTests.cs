using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Reloading;

/// <summary>Files that are changed or replaced while superd runs.</summary>
public sealed class ChangedFileTests
{
    private const string Listen = "listen = '127.0.0.1:0'\n";

    private static readonly string s_hello = TomlText.ExecShell("echo hello");

    [TestCase("mkfifo banner", "it is a FIFO, not a regular file", TestName = "A_banner_that_becomes_a_FIFO_is_sent_as_it_was")]
    [TestCase("mkdir banner", "it is a directory, not a regular file", TestName = "A_banner_that_becomes_a_directory_is_sent_as_it_was")]
    [TestCase(
        "ln -s /dev/zero banner", "it is a device, not a regular file", TestName = "A_banner_that_becomes_a_device_is_sent_as_it_was")]
    [TestCase(
        "truncate -s 1G banner", "it is too large, more than 33554432 bytes", TestName = "A_banner_that_becomes_huge_is_sent_as_it_was")]
    [TestCase(
        "ln -s /proc/self/mem banner",
        "it cannot be read: Input/output error (errno 5)",
        TestName = "A_banner_that_becomes_unreadable_is_sent_as_it_was")]
    [CancelAfter(120_000)]
    public void Swapped_banner(string swap, string why)
    {
        using TempDir texts = new();
        string banner = texts.Write("banner", "first\n");
        using Daemon daemon = Daemon.Start(("hi", Listen + $"banner = {{ file = {TomlText.Of(banner)} }}\n" + s_hello));
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));

        File.Delete(banner);
        Tool.Run("sh", "-c", $"cd {texts.Path} && {swap}");
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));
        LogLine told = daemon.WaitFor(line => line.Event == "banner_file_unreadable", "the log says why");
        Assert.That(told["error"], Is.EqualTo(why));
        Assert.That(daemon.Log.Count(line => line.Event == "banner_file_unreadable"), Is.EqualTo(1), "told once");

        Tool.Run("rm", "-r", banner);
        texts.Write("banner", "second\n");
        Assert.That(Answer(daemon), Is.EqualTo("second\nhello\n"));
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test, CancelAfter(120_000)]
    public void Superd_outlives_a_banner_that_is_swapped_all_the_time()
    {
        using TempDir texts = new();
        string banner = texts.Write("banner", "text\n");
        texts.Write("text", "text\n");
        Tool.Run("mkfifo", texts["fifo"]);
        using Daemon daemon = Daemon.Start(("hi", Listen + $"banner = {{ file = {TomlText.Of(banner)} }}\n" + s_hello));
        Assert.That(Answer(daemon), Is.EqualTo("text\nhello\n"));
        using var ended = new CancellationTokenSource();
        string[] others = ["text", "fifo", "/dev/zero", "text", "/", "nowhere"];
        Task swapping = Task.Run(() =>
        {
            for (int i = 0; !ended.IsCancellationRequested; i++)
            {
                File.Delete(texts["next"]);
                File.CreateSymbolicLink(texts["next"], others[i % others.Length]);
                NativeMethods.Rename(texts["next"], banner);
            }
        });
        for (int i = 0; i < 200; i++)
        {
            Assert.That(Answer(daemon), Is.EqualTo("text\nhello\n"));
        }

        ended.Cancel();
        swapping.GetAwaiter().GetResult();
        Assert.That(daemon.Stop(), Is.Zero);
    }

    [Test]
    public void A_banner_that_others_can_change_is_not_read_again_before_that_is_mended()
    {
        Needs.Root();
        using TempDir texts = new();
        string banner = texts.Write("banner", "first\n", "644");
        using Daemon daemon = Daemon.Start(("hi", Listen + $"banner = {{ file = {TomlText.Of(banner)} }}\n" + s_hello));
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));

        texts.Write("banner", "second\n", "666");
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));
        Assert.That(
            daemon.WaitFor(line => line.Event == "banner_file_unreadable", "it is told")["error"],
            Does.StartWith("it can be changed by others than root (").And.Contain($"the regular file \"{banner}\" has mode 0666"));
        Tool.Run("chmod", "go-w", banner);
        Assert.That(Answer(daemon), Is.EqualTo("second\nhello\n"));

        Tool.Run("chmod", "go+w", texts.Path);
        texts.Write("banner", "third\n");
        Assert.That(Answer(daemon), Is.EqualTo("second\nhello\n"));
        Tool.Run("chmod", "go-w", texts.Path);
        Assert.That(Answer(daemon), Is.EqualTo("third\nhello\n"));
    }

    [Test]
    public void A_reload_keeps_everything_when_others_can_change_a_file_of_it_and_strict_modes_can_be_switched_off()
    {
        Needs.Root();
        using TempDir texts = new();
        string banner = texts.Write("banner", "first\n", "644");
        using Daemon daemon = Daemon.Start(("hi", Listen + $"banner = {{ file = {TomlText.Of(banner)} }}\n" + s_hello));
        string service = daemon.Directory["services.d/hi.toml"];
        Tool.Run("chmod", "o+w", service);
        Assert.That(daemon.TryReload().GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(Answer(daemon), Is.EqualTo("first\nhello\n"));

        string superdToml = daemon.Directory["superd.toml"];
        daemon.Directory.Write("superd.toml", "strict_modes = false\n" + File.ReadAllText(superdToml));
        Assert.That(daemon.Reload(), Is.EqualTo("added 0, changed 0, removed 0, kept 1"));
        texts.Write("banner", "second\n", "666");
        Assert.That(Answer(daemon), Is.EqualTo("second\nhello\n"));

        Tool.Run("chmod", "o+w", superdToml);
        Assert.That(daemon.TryReload().GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(
            SuperdProgram.Run("/", "run", "-c", superdToml) is { ExitCode: 78 } run
                && run.StandardError.Contains("superd: not started: 1 error"));
    }

    private static string Answer(Daemon daemon)
    {
        using Client client = daemon.Connect("hi");
        return client.ReadToEnd();
    }
}
