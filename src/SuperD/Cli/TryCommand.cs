using System.CommandLine;
using System.Net;
using SuperD.Cli.Trials;
using SuperD.Configuration;
using SuperD.Configuration.Values;
using SuperD.Launching;
using SuperD.Linux;
using SuperD.Logging;

namespace SuperD.Cli;

/// <summary><c>superd try SERVICE</c>: runs a service's handler as superd would, joined to stdin and stdout, without a listener.</summary>
internal static class TryCommand
{
    /// <summary>The most runs: their results are kept until the end.</summary>
    private const int MostRuns = 1_000_000;

    /// <summary>The most runs at once: more than the CPUs and descriptors of any machine can use.</summary>
    private const int MostAtOnce = 10_000;

    /// <summary>The largest input that is sent repeatedly, and the largest expected reply: both are held in memory.</summary>
    private const int MostHeld = 64 * 1024 * 1024;

    /// <summary>For scripts: where nobody can press Ctrl-C, a handler that waits without end must not hold them.</summary>
    private static readonly TimeSpan s_usualTimeout = TimeSpan.FromMinutes(1);

    /// <summary>How long the last calls of handlers that have ended may take to be counted.</summary>
    private static readonly TimeSpan s_untilFollowed = TimeSpan.FromSeconds(5);

    /// <summary>Builds the command.</summary>
    public static Command Build(Option<string?> file)
    {
        var service = new Argument<string>("SERVICE") { Description = "The service, by the name of its file" };
        var halfClose = new Option<bool>("--half-close")
        {
            Description = "Send the end of input, as 'nc -N' does (the default when stdin is no terminal)",
        };
        var slow = new Option<bool>("--slow") { Description = "Send one byte and read one kilobyte every 10 ms" };
        var reset = new Option<bool>("--reset") { Description = "Reset the connection after the input is sent" };
        var from = new Option<string?>("--from") { HelpName = "ADDRESS", Description = "The client address for the handler (REMOTE_ADDR)" };
        Option<long?> repeat = Count("--repeat", "N", "Run N times, with the same input", MostRuns);
        Option<long?> atOnce = Count("--at-once", "M", "Run M at the same time", MostAtOnce);
        atOnce.Aliases.Add("-j");
        var expect = new Option<string?>("--expect") { HelpName = "FILE", Description = "Compare the reply with this file's content" };
        var timeout = new Option<string?>("--timeout")
        {
            HelpName = "TIME",
            Description = $"Break off a run after TIME: 30s, 5m (default: {Duration.ToText(s_usualTimeout)} when stdin is no terminal)",
        };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } text }]
                && !(Duration.TryParse(text, out TimeSpan time) && time > TimeSpan.Zero))
            {
                result.AddError($"--timeout must be {Duration.Form}; found {Wording.Quote(text)}");
            }
        });
        var explain = new Option<bool>("--explain")
        {
            Description = "Say what the service's sandbox refused, and which key would allow it",
        };
        var json = new Option<bool>("--json") { Description = "Report as one JSON document, without the reply" };
        Command command = new("try", "Run a service's handler as superd would, joined to stdin and stdout (exit code 1: a fault)")
        {
            service,
        };
        foreach (Option option in (Option[])[file, halfClose, slow, reset, from, repeat, atOnce, expect, timeout, explain, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            if (!TryReadOptions(parsed.GetValue(from), parsed.GetValue(expect), out IPAddress? address, out byte[]? expected))
            {
                return ExitCode.Usage;
            }

            var options = new TrialOptions
            {
                HalfClose = parsed.GetValue(halfClose) || (Console.IsInputRedirected && !parsed.GetValue(reset)),
                Slow = parsed.GetValue(slow),
                Reset = parsed.GetValue(reset),
                From = address,
                Repeat = (int)(parsed.GetValue(repeat) ?? 1),
                AtOnce = (int)(parsed.GetValue(atOnce) ?? 1),
                Timeout = parsed.GetValue(timeout) is { } text && Duration.TryParse(text, out TimeSpan time) ? time
                    : Console.IsInputRedirected ? s_usualTimeout
                    : null,
                Expected = expected,
                Explain = parsed.GetValue(explain),
            };
            return Run(parsed.GetValue(file), parsed.GetRequiredValue(service), options, parsed.GetValue(json));
        });
        return command;
    }

    private static Option<long?> Count(string name, string helpName, string description, long most) =>
        new(name)
        {
            HelpName = helpName,
            Description = $"{description} (default: 1)",
            CustomParser = WholeNumber.Parser(name, least: 1, most),
        };

    private static bool TryReadOptions(string? from, string? expect, out IPAddress? address, out byte[]? expected)
    {
        address = null;
        expected = null;
        if (from is not null && !IPAddress.TryParse(from, out address))
        {
            Console.Error.WriteLine($"superd: --from {Wording.Quote(from)} is no address; write for example 192.0.2.7 or 2001:db8::5");
            return false;
        }

        if (expect is null)
        {
            return true;
        }

        SmallFile file = SmallFile.ReadArgument(expect, MostHeld);
        if (!file.IsGood)
        {
            Console.Error.WriteLine($"superd: --expect: {Wording.Path(expect)} {file.Why}");
            return false;
        }

        expected = file.Bytes;
        return true;
    }

    private static int Run(string? given, string name, TrialOptions options, bool json)
    {
        if (ProcessLauncher.FindObstacle() is { } obstacle)
        {
            Console.Error.WriteLine($"superd: {obstacle}");
            return ExitCode.OsError;
        }

        if (given is not null && given.All(char.IsAsciiDigit) && !Path.Exists(given))
        {
            Console.Error.WriteLine(
                $"superd: -c names the configuration, and there is no file {Wording.Quote(given)}; "
                + "how many run at once is -j M (--at-once)");
            return ExitCode.Usage;
        }

        // First of all, for the same reason as in RunCommand.
        InheritedState inherited = InheritedState.Take();
        ProcessLauncher processes = ProcessLauncher.Create(ProcessLauncher.DefaultSlots);
        if (ConfigurationOption.Find(given) is not { } file || FindService(file, name) is not { } found)
        {
            return ExitCode.Config;
        }

        (ServerDefinition definition, ServiceDefinition service, _) = found;
        if (options.Explain && service.Variants.Prepend(service).All(one => one?.Sandbox is null))
        {
            Console.Error.WriteLine(
                $"superd: {name} has no sandbox, so there is nothing to explain; write sandbox = \"basic\" in {service.SourceFile}");
            return ExitCode.Usage;
        }

        var log = new TrialLog(line => Console.Error.WriteLine($"superd: {line}"));
        SandboxExplainer? explainer = options.Explain ? new SandboxExplainer() : null;
        var server = new SuperServer(definition, inherited, processes, log, TimeProvider.System, explainer: explainer);
        Stream input = StandardStreams.OpenInput();
        Stream reply = json ? Stream.Null : StandardStreams.OpenOutput();
        byte[]? repeated = options.Repeat == 1 ? null : ReadAll(input, "the input");
        var runner = new TrialRunner(server, log, service, options);
        using var ended = new CancellationTokenSource();
        IReadOnlyList<TrialResult> results = [];
        Task trials = Task.Run(async () =>
        {
            try
            {
                results = await runner.RunAsync(
                    () => repeated is null ? input : new MemoryStream(repeated),
                    reply,
                    advice => Console.Error.WriteLine($"superd: {advice}"),
                    ended.Token);
            }
            finally
            {
                server.Post(server.Stop);
            }
        });
        _ = server.TryRun(); // nothing tells it not to start
        ended.Cancel();
        trials.GetAwaiter().GetResult();
        TrialReport report = TrialReport.Of(name, results) with
        {
            Refused = explainer?.Problem is null ? explainer?.Collect(s_untilFollowed) : null,
        };
        if (json)
        {
            Console.Out.WriteLine(Printable.ShowJson(report.ToJson()));
        }
        else
        {
            report.Write(Console.Error);
            if (explainer?.Problem is { } problem)
            {
                Console.Error.WriteLine($"superd: {name}: {problem}");
            }

            if (report.Faults > 0)
            {
                using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
                writer.Write([.. found.Problems]);
            }

            if (RelativeName.Hint(report, service, Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/") is { } hint)
            {
                Console.Error.WriteLine($"superd: {name}: {hint}");
            }
        }

        if (report.Count < options.Repeat)
        {
            Console.Error.WriteLine($"superd: {name}: interrupted, {report.Count} of {options.Repeat} runs were made");
            return ExitCode.No;
        }

        return report.Faults == 0 ? ExitCode.Ok : ExitCode.No;
    }

    /// <summary>
    /// Returns the configuration with this service alone, without listeners or admission checks, and the file's warnings. If the service
    /// cannot be tried, prints the reason and returns null.
    /// </summary>
    private static (ServerDefinition Definition, ServiceDefinition Service, Diagnostic[] Problems)? FindService(
        string file, string name)
    {
        LoadResult load = ConfigurationLoader.Load(file, HostContext.Current());
        ServiceDefinition? service = load.Server?.Services.FirstOrDefault(service => service.Name == name);
        if (load.Server is null || service is null)
        {
            using DiagnosticWriter writer = DiagnosticWriter.ForStandardError();
            writer.Write(load.Diagnostics);
            if (load.UnreadNote is { } note)
            {
                writer.WriteLine(note);
            }

            string[] known = [.. load.Server?.Services.Select(service => service.Name) ?? []];
            writer.WriteLine(
                $"superd: there is no service {Wording.Quote(name)} without errors in the configuration {file}"
                + UsageError.DidYouMean(name, known));
            return null;
        }

        string? obstacle = service.Admission.Sensor is not null ? "it is a sensor and runs no program"
            : service.Wait ? "it has wait = true, so its program accepts connections itself and cannot be joined to one; start superd and "
                + "connect: its stderr is in the log, and 'strace -f -p PID' shows the calls that fail with EACCES or EPERM"
            : null;
        if (obstacle is not null)
        {
            Console.Error.WriteLine($"superd: {name} cannot be tried: {obstacle}");
            return null;
        }

        ServiceDefinition alone = Alone(service) with { Variants = [.. service.Variants.Select(one => one is null ? null : Alone(one))] };
        ServerDefinition definition = load.Server with
        {
            Services = [alone],
            MaxHandlers = null,
            ShutdownGrace = TimeSpan.Zero, // Ctrl-C is meant for the handler
            LameDuck = TimeSpan.Zero,
            Control = new ControlDefinition { Enabled = false },
        };
        return (definition, service, [.. load.Diagnostics.Where(problem => problem.File == service.SourceFile)]);
    }

    /// <exception cref="IOException">The input cannot be read, or has more than <see cref="MostHeld"/> bytes.</exception>
    private static byte[] ReadAll(Stream input, string what)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = input.Read(buffer)) > 0;)
        {
            if (all.Length + count > MostHeld)
            {
                throw new IOException($"{what} has more than {MostHeld} bytes, the most that is held in memory; try with less");
            }

            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>The service without a listener and without limits; the rules of <c>match</c> apply to <c>--from</c>.</summary>
    private static ServiceDefinition Alone(ServiceDefinition service) => service with
    {
        Enabled = true,
        Listen = [],
        Admission = new AdmissionDefinition { Match = service.Admission.Match },
        Instances = null,
    };
}
