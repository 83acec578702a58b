using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Which files are read, and what happens to those that cannot be.</summary>
public sealed class ConfigurationLoaderTests
{
    private const string Good = Listen + Exec;

    [Test]
    public void Each_toml_file_is_the_service_it_is_named_after_in_byte_order()
    {
        using ConfigurationFiles files = new();
        files.Service("b", Good).Service("B2", Good).Service("a-1", Good).Service("a", Good).Service("a.b", Good);
        Assert.That(files.Problems(), Is.Empty);
        Assert.That(files.Load().Server!.Services.Select(service => service.Name), Is.EqualTo(["B2", "a-1", "a.b", "a", "b"]));
    }

    [TestCase(".hidden.toml")]
    [TestCase(".toml")]
    [TestCase("han.toml~")]
    [TestCase("han.toml.bak")]
    [TestCase("han.TOML")]
    [TestCase("README")]
    public void Other_files_are_skipped(string name)
    {
        using ConfigurationFiles files = new();
        files.Service("good", Good).Directory.Write($"services.d/{name}", "this is not TOML");
        Assert.That(files.Problems(), Is.Empty);
    }

    [TestCase("-han")]
    [TestCase("a b")]
    [TestCase("a=b")]
    [TestCase("ä")]
    [TestCase("a\nb")]
    [TestCase("a0123456789012345678901234567890123456789012345678901234567890123")]
    public void A_name_that_would_hurt_elsewhere_is_an_error(string name)
    {
        using ConfigurationFiles files = new();
        files.Service(name, Good);
        Assert.That(
            files.Problems().Single(),
            Does.Contain(" is no name for a service: it must begin with a letter or digit, have at most 64 characters"));
    }

    [Test]
    public void Names_that_differ_in_case_only_are_an_error()
    {
        using ConfigurationFiles files = new();
        files.Service("Han", Good).Service("han", Good);
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "services.d/han.toml: error: service 'han' is already defined by services.d/Han.toml (upper and lower case count the "
                        + "same); rename one of them",
                ]));
    }

    [Test]
    public void A_bad_service_is_left_out_and_the_others_stay()
    {
        using ConfigurationFiles files = new();
        files.Service("a", Good).Service("b", "listen = \n").Service("c", Good);
        LoadResult result = files.Load();
        Assert.That(result.Server!.Services.Select(service => service.Name), Is.EqualTo(["a", "c"]));
        Assert.That(result.HasErrors);
    }

    [Test]
    public void A_warning_keeps_no_service_out()
    {
        using ConfigurationFiles files = new();
        files.Service("a", Good + "umask = 22");
        Assert.That(files.Load() is { HasErrors: false, Server.Services.Length: 1, Diagnostics.Length: 1 });
    }

    [TestCase("shutdown_grace = 3")]
    [TestCase("nonsense")]
    [TestCase("[defaults]\nnice = 99")]
    [TestCase("[defaults.rlimit]\nnofile = -1")]
    [TestCase("log.level = \"loud\"")]
    public void A_bad_superd_toml_stops_superd_and_the_services_are_still_checked(string superdToml)
    {
        using ConfigurationFiles files = new(superdToml);
        files.Service("a", Good + "nice = 99");
        Assert.That(files.Load().Server, Is.Null);
        Assert.That(files.Problems().Select(line => line.Split(':')[0]), Is.EqualTo(["superd.toml", "services.d/a.toml"]));
    }

    [Test]
    public void Problems_of_all_files_come_at_once_those_of_superd_toml_first()
    {
        using ConfigurationFiles files = new("x = 1");
        files.Service("b", Good + "x = 1").Service("a", Good + "x = 1\ny = 2");
        Assert.That(files.Problems().Select(line => line[..line.IndexOf(": error")]), Is.EqualTo(
            ["superd.toml:1:1", "services.d/a.toml:3:1", "services.d/a.toml:4:1", "services.d/b.toml:3:1"]));
    }

    [Test]
    public void A_syntax_error_is_told_without_complaint_about_what_it_hides() =>
        Assert.That(ProblemsOf("listen = 0\nexec = \"/bin/cat\n"), Has.Length.EqualTo(1).And.One.StartsWith("2:"));

    [Test]
    public void A_missing_superd_toml_is_an_error()
    {
        LoadResult result = ConfigurationLoader.Load("/nonexistent/superd.toml", Able);
        Assert.That(result.Server, Is.Null);
        Assert.That(
            result.Diagnostics.Single().ToString(),
            Is.EqualTo("/nonexistent/superd.toml: error: cannot be read: No such file or directory (errno 2)"));
    }

    [TestCase("")]
    [TestCase("/")]
    [TestCase("/dev/null")]
    [TestCase("/dev/zero")]
    [TestCase("/etc/passwd/superd.toml")]
    [TestCase("a\0b")]
    public void A_superd_toml_that_is_no_file_is_an_error(string path) =>
        Assert.That(ConfigurationLoader.Load(path, Able) is { Server: null, HasErrors: true });

    [Test]
    public void A_missing_services_directory_is_an_error_of_superd_toml()
    {
        using ConfigurationFiles files = new("services = \"nope\"");
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "superd.toml:1:12: error: the services directory \"nope\" cannot be read: No such file or directory (errno 2); create "
                        + "it, or name another with services = \"...\"",
                ]));
        Assert.That(files.Load().Server, Is.Null);
    }

    [Test]
    public void A_services_directory_that_is_a_file_is_an_error()
    {
        using ConfigurationFiles files = new("services = \"superd.toml\"");
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "superd.toml:1:12: error: the services directory \"superd.toml\" is a regular file, not a directory; name the "
                        + "directory that holds the service files",
                ]));
    }

    [Test]
    public void The_services_directory_may_have_another_name()
    {
        using ConfigurationFiles files = new("services = \"other/place\"");
        files.Directory.Write("other/place/han.toml", Good);
        ServiceDefinition han = files.Load().Server!.Services.Single();
        Assert.That(han.SourceFile, Is.EqualTo(files.Directory["other/place/han.toml"]));
    }

    [Test]
    public void An_empty_services_directory_is_a_warning()
    {
        using ConfigurationFiles files = new();
        Assert.That(
            files.Problems(),
            Is.EqualTo(["superd.toml: warning: the services directory \"services.d\" holds no service; put a NAME.toml into it"]));
        Assert.That(files.Load().Server!.Services, Is.Empty);
    }

    [Test]
    public void A_directory_named_like_a_service_is_an_error()
    {
        using ConfigurationFiles files = new();
        files.Directory.MakeDirectory("services.d/x.toml");
        Assert.That(
            files.Problems(),
            Is.EqualTo(["services.d/x.toml: error: is a directory, not a regular file; remove or rename it, or put a file in its place"]));
    }

    [Test]
    public void A_FIFO_named_like_a_service_is_an_error_and_does_not_hang()
    {
        using ConfigurationFiles files = new();
        Assert.That(MakeFifo(files.Directory["services.d/x.toml"], 0x1ff), Is.Zero);
        Assert.That(Task.Run(() => files.Problems()).WaitAsync(Patience.Limit).Result,
            Is.EqualTo(["services.d/x.toml: error: is a FIFO, not a regular file; remove or rename it, or put a file in its place"]));
    }

    [Test]
    public void A_name_that_a_terminal_would_obey_is_shown_escaped()
    {
        using ConfigurationFiles files = new();
        files.Service("a\nb\e[31m", Good);
        Tool.Run("sh", "-c", $"touch \"$(printf '{files.Directory["services.d"]}/x\\377.toml')\"");
        Assert.That(files.Load().Diagnostics.Select(problem => problem.ToString().Replace(files.Directory.Path, "")), Is.EquivalentTo(new[]
        {
            "\"/services.d/a\\nb\\u001B[31m.toml\": error: " + NoName("a\\nb\\u001B[31m"),
            "/services.d/x\uFFFD.toml: error: " + NoName("x\uFFFD"),
        }));

        static string NoName(string name) =>
            $"\"{name}\" is no name for a service: it must begin with a letter or digit, have at most 64 characters, "
            + "and of these only letters, digits and - _ . + @; rename the file";
    }

    [Test]
    public void A_broken_link_is_an_error()
    {
        using ConfigurationFiles files = new();
        File.CreateSymbolicLink(files.Directory["services.d/x.toml"], "gone");
        Assert.That(
            files.Problems(),
            Is.EqualTo(
                [
                    "services.d/x.toml: error: cannot be read: it is a symbolic link that leads nowhere: No such file or directory (errno "
                        + "2); repair or remove it",
                ]));
    }

    [Test]
    public void A_file_that_is_too_large_is_an_error()
    {
        using ConfigurationFiles files = new();
        files.Service("x", new string('#', (256 * 1024) + 1));
        Assert.That(
            files.Problems(), Is.EqualTo(["services.d/x.toml: error: is too large, more than 262144 bytes; is it a configuration file?"]));
    }

    [Test]
    public void A_file_that_may_not_be_read_is_an_error()
    {
        Assume.That(Environment.IsPrivilegedProcess, Is.False, "root may read everything");
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/x.toml", Good, "000");
        Assert.That(files.Problems().Single(), Does.StartWith("services.d/x.toml: error: cannot be read: "));
    }

    [Test]
    public void Links_to_files_and_directories_are_read_as_Kubernetes_makes_them()
    {
        using ConfigurationFiles files = new("services = \"config\"");
        files.Directory.Write("config/..2026_01/han.toml", Good);
        File.CreateSymbolicLink(files.Directory["config/..data"], "..2026_01");
        File.CreateSymbolicLink(files.Directory["config/han.toml"], "..data/han.toml");
        Assert.That(files.Problems(), Is.Empty);
        Assert.That(files.Load().Server!.Services.Single().Name, Is.EqualTo("han"));

        File.CreateSymbolicLink(files.Directory["link"], "config");
        files.Directory.Write("superd.toml", "services = \"link\"");
        Assert.That(files.Load().Server!.Services.Single().Name, Is.EqualTo("han"));
    }

    [Test]
    public void Files_are_shown_as_the_path_given_makes_them()
    {
        using ConfigurationFiles files = new();
        files.Service("han", "x = 1");
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, files.Directory["superd.toml"]);
        Assert.That(
            ConfigurationLoader.Load(relative, Able).Diagnostics[0].File,
            Is.EqualTo(relative.Replace("superd.toml", "services.d/han.toml")));
    }

    [Test]
    public void Invalid_UTF_8_is_an_error_with_its_place()
    {
        using ConfigurationFiles files = new();
        File.WriteAllBytes(files.Directory["services.d/han.toml"], [.. Encoding.UTF8.GetBytes(Good + "description = \""), 0xFF, (byte)'"']);
        Assert.That(files.Problems(), Has.Some.StartsWith("services.d/han.toml:3:"));
    }

    [Test]
    public void Random_bytes_never_throw()
    {
        using ConfigurationFiles files = new();
        var random = new Random(12345);
        byte[] alphabet = Encoding.UTF8.GetBytes("[]{}=\"'.,#\n \\-+0123456789listenexecuserdefaultsrlimitenvtrue:\0\u00e9");
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = [.. Enumerable.Range(0, random.Next(200)).Select(_ => alphabet[random.Next(alphabet.Length)])];
            File.WriteAllBytes(files.Directory[round % 2 == 0 ? "superd.toml" : "services.d/han.toml"], bytes);
            Assert.That(() => files.Load(), Throws.Nothing, Convert.ToHexString(bytes));
        }
    }

    [Test]
    public void Two_loads_of_the_same_files_mean_the_same()
    {
        using ConfigurationFiles files = new("defaults.env.A = \"1\"");
        files.Service("a", Good + "rlimit.nofile = 9").Service("b", "x = 1");
        LoadResult first = files.Load(), second = files.Load();
        Assert.That(second.Diagnostics, Is.EqualTo(first.Diagnostics));
        Assert.That(Facts(second.Server!.Services[0]), Is.EqualTo(Facts(first.Server!.Services[0])));
    }

    [Test]
    public void Ten_times_as_many_services_load_in_ten_times_the_time_not_in_its_square()
    {
        TimeSpan few = TimeToLoad(200), many = TimeToLoad(2000);

        TestContext.Out.WriteLine($"200 services: {few.TotalMilliseconds:F0} ms of a processor; 2,000: {many.TotalMilliseconds:F0} ms");
        Assert.That(many / few, Is.LessThan(40), "a hundred times would be the square");
    }

    /// <summary>Processor time to load a configuration with that many services, after a warm-up.</summary>
    private static TimeSpan TimeToLoad(int services)
    {
        using ConfigurationFiles files = new("[defaults]\nuser = \"nobody\"\ninstances = 40\nrlimit.nofile = 100");
        for (int i = 0; i < services; i++)
        {
            files.Service(
                $"service-{i}",
                $"listen = {10_000 + i}\nexec = [\"/bin/cat\", \"-n\"]\ndescription = \"number {i}\"\nenv = {{ A = \"1\" }}\n");
        }

        files.Load();
        return ThreadClock.Measure(() => Assert.That(files.Load().Server!.Services, Has.Length.EqualTo(services)));
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
