using System.CommandLine;
using SuperD.Configuration;
using SuperD.Configuration.Values;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd drain [SERVICE]</c>: refuses new clients, and lets live connections finish.</summary>
internal static class DrainCommand
{
    private const string Drained = "drained", Draining = "draining", For = "--for";

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var wait = new Option<bool>("--wait") { Description = "Return when the last live connection has ended" };
        var time = new Option<string?>(For)
        {
            HelpName = "TIME",
            Description = "Of all: say at once that superd is not ready, and accept for TIME (default: lame_duck of superd.toml)",
        };
        time.Validators.Add(result =>
        {
            if (result.Tokens is [.., { Value: var text }] && !TryParse(text, out _))
            {
                result.AddError($"{For} must be {Duration.Form}, at most \"1d\"; found {Wording.Quote(text)}");
            }
        });
        Command command = SteerCommand.Build(
            options,
            ControlCommands.Drain,
            "Refuse new clients of a service, or of all, until 'superd resume'; live connections finish",
            mayBeAll: true,
            (parsed, request) =>
                request with { ForMs = TryParse(parsed.GetValue(time), out TimeSpan left) ? (long)left.TotalMilliseconds : null },
            (parsed, console) => parsed.GetValue(wait) ? Wait(console, parsed.GetValue<string?>("SERVICE")) : ExitCode.Ok);
        command.Options.Add(time);
        command.Options.Add(wait);
        command.Validators.Add(result =>
        {
            if (result.GetResult(time) is not null && result.GetResult(command.Arguments[0]) is { Tokens.Count: > 0 })
            {
                result.AddError($"{For} is for all services: a single one is drained at once");
            }
        });
        return command;
    }

    private static bool TryParse(string? text, out TimeSpan time)
    {
        time = default;
        return text is not null && Duration.TryParse(text, out time) && time.TotalMilliseconds <= ControlCommands.LongestLameDuckMs;
    }

    private static int Wait(ConsoleClient console, string? service)
    {
        while (true)
        {
            if (!console.TryAskAll(new ControlRequest { Command = ControlCommands.Status, Service = service }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            string? now = service is null ? reply.Server!.Rotation : reply.Services![0].Mode; // a good reply has both
            if (now is "open" or "paused" or "in")
            {
                string who = service is null ? "back in rotation" : $"{service} is {now}";
                Console.Error.WriteLine($"superd: {who}: another order came meanwhile");
                return ExitCode.No;
            }

            // Of all: the services that report on superd are not drained, and always have a connection now and then.
            IEnumerable<ServiceState> states = reply.Services!.Where(state => service is not null || state.Mode == Draining);
            bool isDrained = service is not null || now == Drained;
            if (isDrained && states.All(state => state.Live == 0))
            {
                return ExitCode.Ok;
            }

            Thread.Sleep(s_interval);
        }
    }
}
