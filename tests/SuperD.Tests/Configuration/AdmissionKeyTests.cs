using NUnit.Framework;
using SuperD.Configuration;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>The admission keys: their syntax, and which of them work together.</summary>
public sealed class AdmissionKeyTests
{
    [TestCase("only_from = [\"10.0.0.0/8\", \"example.org\"]", "only_from: \"example.org\" is no address, and names are not looked up")]
    [TestCase("no_access = \"10.1.2.3/8\"", "no_access: \"10.1.2.3/8\" has bits set behind its first 8")]
    [TestCase(
        "no_access = 10",
        "no_access must be an address, a range such as \"10.0.0.0/8\", \"@FILE\", \"uid:USER\" or \"gid:GROUP\", found the integer 10")]
    [TestCase("no_access = \"@\"", "no_access must be an address")]
    [TestCase("no_access = [\"@missing.txt\"]", "the addresses of \"@missing.txt\" cannot be used")]
    [TestCase("access_times = []", "access_times must be at least one days and times")]
    [TestCase("access_times = \"8-18\"", "access_times must be days and times such as")]
    [TestCase("access_times = \"Mon-Fri\"\ntime_zone = \"Mars/Base\"", "this machine knows no time zone \"Mars/Base\"")]
    [TestCase("max_load = 0", "max_load must be a number above 0, found 0")]
    [TestCase("max_load = nan", "max_load must be a number above 0")]
    [TestCase("max_load = \"3\"", "max_load must be a number above 0, found the string \"3\"")]
    [TestCase("per_source = 0", "per_source must be 1 or more, found 0")]
    [TestCase("per_source = 1\nsource_prefix = { v4 = 33 }", "source_prefix.v4 must be from 1 to 32, found 33")]
    [TestCase("per_source = 1\nsource_prefix = { v6 = 0 }", "source_prefix.v6 must be from 1 to 128, found 0")]
    [TestCase("per_source = 1\nsource_prefix = { ip4 = 3 }", "unknown key \"source_prefix.ip4\"; known are v4, v6")]
    [TestCase("per_source = 1\nsource_prefix = 24", "source_prefix must be a table of v4 and v6")]
    [TestCase("rate = 50", "found 50 without a unit; write rate = \"50/s\" if seconds are meant")]
    [TestCase("rate = \"50\"", "rate must be a rate such as \"50/s\"")]
    [TestCase("per_source_rate = \"0/s\"", "per_source_rate must be a rate such as")]
    [TestCase("penalty = { sginal = \"9s\" }", "unknown key \"penalty.sginal\"; did you mean 'penalty.signal'?")]
    [TestCase("penalty = { signal = 90 }", "penalty.signal must be a duration")]
    [TestCase("penalty = { exit.256 = \"5s\" }", "penalty.exit.256: an exit status is a number from 0 to 255")]
    [TestCase("penalty = { exit = \"5s\" }", "penalty.exit must be a table of exit statuses")]
    [TestCase("penalty = { exit.77 = 5 }", "penalty.exit.77 must be a duration")]
    [TestCase("penalty = { exempt = [\"me\"] }", "penalty.exempt: \"me\" is no address")]
    [TestCase("penalty = { min = \"1m\", max = \"30s\" }", "penalty.min, \"1m\", is above penalty.max, \"30s\"")]
    [TestCase("penalty = \"5s\"", "penalty must be a table of penalties")]
    public void A_bad_item_is_an_error_of_the_service(string lines, string message)
    {
        using ConfigurationFiles files = new();
        LoadResult result = files.Service("han", Listen + Exec + lines).Service("other", Listen + Exec).Load();
        Assert.That(result.Diagnostics.Select(problem => problem.Message), Has.Some.Contains(message));
        Assert.That(result.Server!.Services.Select(service => service.Name), Is.EqualTo(new[] { "other" }), "fail closed, and alone");
    }

    [Test]
    public void A_bad_item_in_a_file_of_addresses_is_an_error_of_every_service_that_names_it()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/bad.txt", "# people\n10.0.0.0/8 10.1.2.3/8\n\n   nobody # here\n");
        LoadResult result = files.Service("a", Listen + Exec + "no_access = \"@bad.txt\"")
            .Service("b", Listen + Exec + "only_from = [\"::1\", \"@bad.txt\"]")
            .Load();
        Assert.That(result.Server!.Services, Is.Empty);
        string folder = files.Directory["services.d/"];
        Assert.That(result.Diagnostics.Select(problem => problem.ToString().Replace(folder, "")), Is.EqualTo(new[]
        {
            "a.toml:3:13: error: the addresses of \"@bad.txt\" cannot be used; repair that file, whose own errors are shown too, or remove "
                + "it from the list",
            "b.toml:3:21: error: the addresses of \"@bad.txt\" cannot be used; repair that file, whose own errors are shown too, or remove "
                + "it from the list",
            "bad.txt:2:12: error: \"10.1.2.3/8\" has bits set behind its first 8; write \"10.0.0.0/8\" for the range, or \"10.1.2.3\" for "
                + "the one address",
            "bad.txt:4:4: error: \"nobody\" is no address, and names are not looked up, since whoever answers for a name would decide who "
                + "comes in; write the address",
        }));
    }

    [Test]
    public void A_file_of_something_else_is_told_in_a_few_lines()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/book.txt", string.Concat(Enumerable.Repeat("once upon a time\n", 1000)));
        LoadResult result = files.Service("a", Listen + Exec + "no_access = \"@book.txt\"").Load();
        Assert.That(result.Diagnostics, Has.Length.EqualTo(7));
        Assert.That(result.Diagnostics.Select(problem => problem.Message), Has.Some.Contains("has 4000 bad items"));
    }

    [Test]
    public void A_file_of_addresses_has_any_number_per_line_and_comments()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/good.txt", "\uFEFF# people\r\n10.0.0.0/8 \t ::1# me\r\n\r\n192.0.2.7");
        LoadResult result = files.Service("a", Listen + Exec + "only_from = \"@good.txt\"").Load();
        Assert.That(result.Diagnostics, Is.Empty);
        AddressFile file = result.Server!.Services.Single().Admission.OnlyFrom!.Files.Single();
        Assert.That(file.Path, Is.EqualTo(files.Directory["services.d/good.txt"]), "relative to the file that names it");
        Assert.That(string.Join(' ', file.Prefixes), Is.EqualTo("10.0.0.0/8 ::1 192.0.2.7"));
    }

    [Test]
    public void A_missing_file_of_addresses_in_the_defaults_stops_the_start()
    {
        using ConfigurationFiles files = new("[defaults]\nno_access = \"@missing.txt\"");
        Assert.That(files.Service("han", Listen + Exec).Load().Server, Is.Null);
    }

    [Test]
    public void A_list_of_the_service_replaces_that_of_the_defaults()
    {
        AdmissionDefinition admission = DefinitionOf(
            Listen + Exec + "only_from = []", superdToml: "[defaults]\nonly_from = \"10.0.0.0/8\"\nno_access = \"10.1.0.0/16\"").Admission;
        Assert.That((admission.OnlyFrom!.Prefixes.Length, string.Join(' ', admission.NoAccess!.Prefixes)), Is.EqualTo((0, "10.1.0.0/16")));
    }

    [TestCase("50/s", 50, 1, 50)]
    [TestCase("10/min", 10, 60, 10)]
    [TestCase("100/h", 100, 3600, 100)]
    [TestCase("1/d burst 7", 1, 86_400, 7)]
    [TestCase("1000000/s burst 1", 1_000_000, 1, 1)]
    public void A_rate_is_a_number_per_unit_and_a_burst_that_is_the_number_unless_written(string text, int count, int seconds, int burst)
    {
        Assert.That(Rate.TryParse(text, out Rate rate), Is.True);
        Assert.That(rate, Is.EqualTo(new Rate(count, TimeSpan.FromSeconds(seconds), burst)));
    }

    [TestCase("")]
    [TestCase("/s")]
    [TestCase("5")]
    [TestCase("5/")]
    [TestCase("5/m")]
    [TestCase("5/2s")]
    [TestCase("5 /s")]
    [TestCase("-5/s")]
    [TestCase("1.5/s")]
    [TestCase("1000001/s")]
    [TestCase("5/s burst")]
    [TestCase("5/s burst 0")]
    [TestCase("5/s  burst 3")]
    public void Anything_else_is_no_rate(string text) => Assert.That(Rate.TryParse(text, out _), Is.False);

    [Test]
    public void A_penalty_has_the_minimum_and_maximum_of_OpenSSH()
    {
        PenaltyDefinition penalty = DefinitionOf(
            Listen + Exec + "penalty = { signal = \"90s\", exit.77 = \"5s\", exit.1 = \"1s\", timeout = \"20s\" }").Admission.Penalty!;
        Assert.That(
            (penalty.Signal, penalty.Timeout, penalty.Exit[77], penalty.Exit[1], penalty.Min, penalty.Max, penalty.Exempt),
            Is.EqualTo((Seconds(90), Seconds(20), Seconds(5), Seconds(1), Seconds(15), Seconds(600), (AddressListDefinition?)null)));
    }

    [Test]
    public void A_penalty_is_inherited_as_a_whole_and_an_empty_one_takes_it_back()
    {
        const string Defaults = "defaults.penalty = { signal = \"90s\" }";
        Assert.That(DefinitionOf(Listen + Exec, superdToml: Defaults).Admission.Penalty!.Signal, Is.EqualTo(Seconds(90)));
        Assert.That(
            DefinitionOf(Listen + Exec + "penalty = {}", superdToml: Defaults).Admission.Penalty!.Signal, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void A_sensor_needs_no_exec_and_inherits_nothing_that_would_let_its_visitors_off()
    {
        ServiceDefinition trap = DefinitionOf(Listen + "sensor = \"10m\"", Root, "[defaults]\nonly_from = \"10.0.0.0/8\"\nrate = \"1/s\"");
        Assert.That(
            (trap.Admission.Sensor!.Time, trap.Admission.OnlyFrom, trap.Admission.Rate, trap.Executable),
            Is.EqualTo((Seconds(600), (object?)null, (object?)null, "")));
    }

    [Test]
    public void A_sensor_may_have_a_list_of_those_it_spares() =>
        Assert.That(
            string.Join(
                ' ', DefinitionOf(Listen + "sensor = { time = \"1m\", exempt = \"10.0.0.0/8\" }").Admission.Sensor!.Exempt.Prefixes),
            Is.EqualTo("10.0.0.0/8"));

    [TestCase("sensor = \"0s\"", "sensor must be longer than 0s, found \"0s\"")]
    [TestCase("sensor = 10", "found 10 without a unit")]
    [TestCase("sensor = true", "sensor must be a duration such as \"10m\", or a table of time and exempt")]
    [TestCase("sensor = {}", "sensor.time is missing")]
    [TestCase("sensor = { time = \"1m\", exemt = [] }", "unknown key \"sensor.exemt\"; did you mean 'sensor.exempt'?")]
    [TestCase(
        "sensor = \"1m\"\nexec = \"/bin/cat\"",
        "exec has no meaning with sensor: a sensor launches nothing and refuses everybody; delete the line")]
    [TestCase("sensor = \"1m\"\nonly_from = []", "only_from has no meaning with sensor")]
    public void What_a_sensor_cannot_be_is_told(string lines, string message) =>
        Assert.That(ProblemsOf(Listen + lines), Has.Exactly(1).Contains(message));

    [TestCase("per_source = 2")]
    [TestCase("per_source_rate = \"2/s\"")]
    [TestCase("penalty = {}")]
    [TestCase("source_prefix = {}")]
    public void A_limit_by_source_has_no_meaning_for_a_wait_service_which_accepts_by_itself(string line)
    {
        string key = line.Split(' ')[0];
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true\n" + line),
            Has.Exactly(1).Contains($"4:{key.Length + 4}: error: {key} has no meaning with wait = true"));
        Assert.That(ProblemsOf(Listen + Exec + "wait = true", superdToml: "defaults." + line), Is.Empty, "the default is for the others");
    }

    [TestCase("only_from = \"10.0.0.0/8\"")]
    [TestCase("no_access = \"10.0.0.0/8\"")]
    public void A_list_that_a_wait_service_cannot_keep_is_an_error_wherever_it_is_written(string line)
    {
        Assert.That(ProblemsOf(Listen + Exec + "wait = true\n" + line), Has.Exactly(1).Contains("cannot be kept with wait = true"));
        Assert.That(
            ProblemsOf(Listen + Exec + "wait = true", superdToml: "defaults." + line),
            Has.Exactly(1).Contains("(from [defaults], superd.toml:1:22) cannot be kept with wait = true"));
        Assert.That(
            ProblemsOf(
                Listen + Exec + "wait = true\nonly_from = [\"0.0.0.0/0\", \"::/0\"]\nno_access = []", superdToml: "defaults." + line),
            Is.Empty);
    }

    [Test]
    public void Keys_without_effect_are_warned_of()
    {
        Assert.That(
            ProblemsOf(Listen + Exec + "time_zone = \"UTC\""),
            Is.EqualTo(new[] { "3:13: warning: time_zone has no effect without access_times; delete the line" }));
        Assert.That(
            ProblemsOf(Listen + Exec + "source_prefix = {}"),
            Is.EqualTo(
                new[] { "3:17: warning: source_prefix has no effect without per_source, per_source_rate or penalty; delete the line" }));
    }

    [Test]
    public void Max_handlers_is_of_superd_as_a_whole()
    {
        using ConfigurationFiles files = new("max_handlers = 7");
        Assert.That(files.Service("han", Listen + Exec).Load().Server!.MaxHandlers, Is.EqualTo(7));
        Assert.That(
            ProblemsOf(Listen + Exec + "max_handlers = 7"), Has.Exactly(1).Contains("max_handlers may not stand in a service file"));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
