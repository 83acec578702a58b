using System.CommandLine;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd metrics</c>: prints the counters of all services in Prometheus's format.</summary>
internal static class MetricsCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options) => options.Create(
        "metrics", "Print the counters of a running superd for Prometheus", (parsed, console) =>
        {
            if (!console.TryAskAll(new ControlRequest { Command = ControlCommands.Status }, out ControlReply reply))
            {
                return console.ExitCode;
            }

            if (options.Json(parsed))
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                foreach (string piece in PrometheusText.Of(reply.Server!, reply.Services!)) // every status has both
                {
                    Console.Out.Write(piece);
                }
            }

            return ExitCode.Ok;
        }, findsRunning: true);
}
