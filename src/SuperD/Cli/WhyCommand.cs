using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// <c>superd why ADDRESS SERVICE</c>, in either order: shows the admission checks of a client in order, and which one would refuse it now.
/// </summary>
internal static class WhyCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var address = new Argument<string>("ADDRESS") { Description = "The client: 192.0.2.7, 2001:db8::5, uid:USER or gid:GROUP" };
        var service = new Argument<string>("SERVICE") { Description = "The service it wants" };
        const string Purpose = "Show whether a client would be admitted and served, and why (exit code 1: no)";
        Command command = options.Create("why", Purpose, (parsed, console) =>
        {
            (string client, string wanted) = InOrder(parsed.GetRequiredValue(address), parsed.GetRequiredValue(service));
            string? unknown = null;
            string asked = ClientText.IsUser(client) ? LocalClient.Complete(client, out unknown) : client;
            if (unknown is not null)
            {
                Console.Error.WriteLine($"superd: {unknown}");
                return ExitCode.Usage;
            }

            var request = new ControlRequest { Command = ControlCommands.Why, Address = asked, Service = wanted };
            if (!console.TryAsk(request, out ControlReply reply))
            {
                return console.ExitCode;
            }

            IReadOnlyList<CheckState> checks = reply.Checks!; // every good reply has them
            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                Write(Console.Out, client, wanted, checks);
            }

            return checks.Any(check => check.Outcome is "refuses" or "waits" or "fails") ? ExitCode.No : ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(address);
        command.Arguments.Add(service);
        return command;
    }

    /// <summary>Accepts <c>SERVICE ADDRESS</c> too, if only the second word is an address.</summary>
    private static (string Address, string Service) InOrder(string first, string second) =>
        !IsClient(first) && IsClient(second) ? (second, first) : (first, second);

    private static bool IsClient(string word) => ClientText.IsUser(word) || ClientText.WhatIsWrong(word, out _) is null;

    private static void Write(TextWriter output, string client, string service, IReadOnlyList<CheckState> checks)
    {
        var table = new TextTable(2, "CHECK", "SAYS", "BECAUSE");
        foreach (CheckState check in checks)
        {
            string? colour = check.Outcome switch
            {
                "refuses" or "fails" => Terminal.Red,
                "waits" => Terminal.Yellow,
                "off" => Terminal.Dim,
                _ => null,
            };
            table.Add(colour, check.Check, check.Outcome, check.Detail);
        }

        table.Write(output, Terminal.Width, Terminal.ColoursWanted(Console.IsOutputRedirected));
        output.WriteLine();
        output.WriteLine(Summary(client, service, checks));
    }

    /// <summary>Who waits and would be refused then is refused.</summary>
    private static string Summary(string client, string service, IReadOnlyList<CheckState> checks)
    {
        if (checks.FirstOrDefault(check => check.Outcome == "refuses") is { } refusing)
        {
            string time = refusing.RetryAfterMs is { } left ? $", for {Figures.Time(left)}" : "";
            return $"{client} would be refused by {service}: {Reason(refusing)}{time}";
        }

        if (checks.FirstOrDefault(check => check.Outcome == "waits") is { } waiting)
        {
            return $"{client} would wait for {service}: {Reason(waiting)}";
        }

        string but = checks is [{ Check: ServiceReports.Reach, Detail: not ServiceReports.Open and var detail }, ..] ? $": {detail}" : "";
        return $"{client} would be admitted to {service}{but}";
    }

    private static string Reason(CheckState check) => check.Check == ServiceReports.Reach ? check.Detail : check.Check;
}
