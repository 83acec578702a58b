using System.CommandLine;
using System.Net;
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
        var address = new Argument<string>("ADDRESS") { Description = "The client: 192.0.2.7 or 2001:db8::5" };
        var service = new Argument<string>("SERVICE") { Description = "The service it wants" };
        Command command = options.Create("why", "Show whether a client would be admitted, and why (exit code 1: no)", (parsed, console) =>
        {
            (string client, string wanted) = InOrder(parsed.GetRequiredValue(address), parsed.GetRequiredValue(service));
            var request = new ControlRequest { Command = ControlCommands.Why, Address = client, Service = wanted };
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
                Write(Console.Out, request, checks);
            }

            return checks.Any(check => check.Outcome == "refuses") ? ExitCode.No : ExitCode.Ok;
        }, findsRunning: true);
        command.Arguments.Add(address);
        command.Arguments.Add(service);
        return command;
    }

    /// <summary>Accepts <c>SERVICE ADDRESS</c> too, if only the second word is an address.</summary>
    private static (string Address, string Service) InOrder(string first, string second) =>
        !IPAddress.TryParse(first, out _) && IPAddress.TryParse(second, out _) ? (second, first) : (first, second);

    private static void Write(TextWriter output, ControlRequest request, IReadOnlyList<CheckState> checks)
    {
        var table = new TextTable(2, "CHECK", "SAYS", "BECAUSE");
        foreach (CheckState check in checks)
        {
            string? colour = check.Outcome switch { "refuses" => Terminal.Red, "off" => Terminal.Dim, _ => null };
            table.Add(colour, check.Check, check.Outcome, check.Detail);
        }

        table.Write(output, Terminal.Width, Terminal.ColoursWanted(Console.IsOutputRedirected));
        output.WriteLine();
        if (checks.FirstOrDefault(check => check.Outcome == "refuses") is { } first)
        {
            string wait = first.RetryAfterMs is { } time ? $", for {Figures.Time(time)}" : "";
            output.WriteLine($"{request.Address} would be refused by {request.Service}: {first.Check}{wait}");
        }
        else
        {
            output.WriteLine($"{request.Address} would be admitted to {request.Service}");
        }
    }
}
