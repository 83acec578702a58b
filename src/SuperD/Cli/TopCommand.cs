using System.CommandLine;
using System.Diagnostics;
using System.Text;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary><c>superd top</c>: shows the live connections repeatedly; on a terminal, keys sort, filter and end them.</summary>
internal static class TopCommand
{
    private const string EnterScreen = "\e[?1049h\e[?25l";

    /// <summary>Its first half undoes the keypad mode that .NET sets before it reads a key.</summary>
    private const string LeaveScreen = "\e[?1l\e>\e[?25h\e[?1049l";

    private const string Home = "\e[H", ClearLine = "\e[K", ClearBelow = "\e[J";

    private const int WidthOfFiles = 80, HeightOfFiles = int.MaxValue;

    // A snapshot of 10,000 connections is expensive, so poll less often.
    private const int RestPerWork = 10;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_keyInterval = TimeSpan.FromMilliseconds(30);

    /// <summary>Builds the command.</summary>
    public static Command Build(ConsoleOptions options)
    {
        var rounds = new Option<long?>("--rounds", "-n")
        {
            HelpName = "COUNT",
            Description = "Exit after COUNT updates, one per second",
            CustomParser = WholeNumber.Parser("--rounds", least: 1),
        };
        Command command = options.Create("top", "Watch the live connections; keys sort, filter and end them", (parsed, console) =>
        {
            long left = parsed.GetValue(rounds) ?? long.MaxValue;
            if (options.Json(parsed) || Console.IsOutputRedirected || Console.IsInputRedirected)
            {
                return Print(console, left, options.Json(parsed));
            }

            Console.TreatControlCAsInput = true;
            Console.Out.Write(EnterScreen);
            try
            {
                return Watch(console, left);
            }
            finally
            {
                Console.Out.Write(LeaveScreen);
            }
        });
        command.Options.Add(rounds);
        return command;
    }

    /// <summary>Without a terminal: prints one snapshot after the other.</summary>
    private static int Print(ConsoleClient console, long rounds, bool json)
    {
        var view = new TopView();
        for (; rounds > 0; rounds--)
        {
            if (!TryLook(console, out ControlReply reply, out TimeSpan rest))
            {
                return console.ExitCode;
            }

            if (json)
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                view.Update(reply);
                Console.Out.WriteLine(string.Join('\n', view.Render(WidthOfFiles, HeightOfFiles, colours: false)) + '\n');
            }

            if (rounds > 1)
            {
                Thread.Sleep(rest);
            }
        }

        return ExitCode.Ok;
    }

    private static int Watch(ConsoleClient console, long rounds)
    {
        var view = new TopView();
        for (; rounds > 0; rounds--)
        {
            if (!TryLook(console, out ControlReply reply, out TimeSpan rest))
            {
                return console.ExitCode;
            }

            view.Update(reply);
            Show(view);
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < rest;)
            {
                if (!Console.KeyAvailable)
                {
                    Thread.Sleep(s_keyInterval);
                    continue;
                }

                switch (view.Press(Console.ReadKey(intercept: true)))
                {
                    case TopWish.Quit:
                        return ExitCode.Ok;
                    case TopWish.End:
                        // It may have ended by itself meanwhile; the next snapshot shows it.
                        _ = console.TryAsk(new ControlRequest { Command = ControlCommands.End, Id = view.Selected?.Id }, out _);
                        rest = TimeSpan.Zero;
                        break;
                    default:
                        Show(view);
                        break;
                }
            }
        }

        return ExitCode.Ok;
    }

    private static bool TryLook(ConsoleClient console, out ControlReply reply, out TimeSpan rest)
    {
        var clock = Stopwatch.StartNew();
        rest = s_interval;
        if (!console.TryAskAll(new ControlRequest { Command = ControlCommands.Connections }, out reply))
        {
            return false;
        }

        IReadOnlyList<ConnectionState>? connections = reply.Connections;
        bool good = console.TryAsk(new ControlRequest { Command = ControlCommands.Status }, out ControlReply status);
        reply = new ControlReply { Server = status.Server, Connections = connections };
        TimeSpan work = clock.Elapsed * RestPerWork;
        rest = work > rest ? work : rest;
        return good;
    }

    private static void Show(TopView view)
    {
        bool colours = Terminal.ColoursWanted(redirected: false);
        var screen = new StringBuilder(Home);
        foreach (string line in view.Render(Terminal.PageWidth, Terminal.Height, colours))
        {
            screen.Append(line).Append(ClearLine).Append("\r\n");
        }

        Console.Out.Write(screen.Append(ClearBelow).ToString());
    }
}
