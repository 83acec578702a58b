using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text;
using SuperD.Configuration;
using SuperD.Control;
using SuperD.Control.Messages;

namespace SuperD.Cli;

/// <summary>
/// <c>superd top</c>: shows the live connections, the services, the refusals or the log repeatedly; on a terminal, keys choose, sort,
/// filter and end.
/// </summary>
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
        var page = new Option<TopPage>("--view")
        {
            HelpName = "VIEW",
            Description = "Begin with connections, services, refusals or log",
            CustomParser = ReadPage,
        };
        const string Description = "Watch connections, services, refusals and the log; keys choose among them";
        Command command = options.Create("top", Description, (parsed, console) =>
        {
            long left = parsed.GetValue(rounds) ?? long.MaxValue;
            var view = new TopView();
            view.Turn(parsed.GetValue(page));
            if (options.Json(parsed) || Console.IsOutputRedirected || Console.IsInputRedirected)
            {
                return Print(view, console, left, options.Json(parsed));
            }

            Console.TreatControlCAsInput = true;
            Console.Out.Write(EnterScreen);
            try
            {
                return Watch(view, console, left);
            }
            finally
            {
                Console.Out.Write(LeaveScreen);
            }
        });
        command.Options.Add(rounds);
        command.Options.Add(page);
        return command;
    }

    private static TopPage ReadPage(ArgumentResult given)
    {
        string word = given.Tokens[0].Value;
        TopPage page = Array.Find(Enum.GetValues<TopPage>(), page => page.ToString().Equals(word, StringComparison.OrdinalIgnoreCase));
        if (!page.ToString().Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            given.AddError($"--view must be connections, services, refusals or log, found {Wording.Quote(word)}");
        }

        return page;
    }

    /// <summary>Without a terminal: prints one snapshot after the other.</summary>
    private static int Print(TopView view, ConsoleClient console, long rounds, bool json)
    {
        for (; rounds > 0; rounds--)
        {
            if (!TryLook(view, console, out ControlReply reply, out TimeSpan rest))
            {
                return console.ExitCode;
            }

            if (json)
            {
                ConsoleClient.Print(reply);
            }
            else
            {
                Console.Out.WriteLine(string.Join('\n', view.Render(WidthOfFiles, HeightOfFiles, colours: false)) + '\n');
            }

            if (rounds > 1)
            {
                Thread.Sleep(rest);
            }
        }

        return ExitCode.Ok;
    }

    private static int Watch(TopView view, ConsoleClient console, long rounds)
    {
        for (; rounds > 0; rounds--)
        {
            if (!TryLook(view, console, out _, out TimeSpan rest))
            {
                return console.ExitCode;
            }

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
                    case TopWish.Look:
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

    /// <summary>Asks for what the page of the view shows, and gives it to the view.</summary>
    private static bool TryLook(TopView view, ConsoleClient console, out ControlReply reply, out TimeSpan rest)
    {
        var clock = Stopwatch.StartNew();
        rest = s_interval;
        IReadOnlyList<ConnectionState>? connections = null;
        if (view.Page == TopPage.Connections)
        {
            if (!console.TryAskAll(new ControlRequest { Command = ControlCommands.Connections }, out reply))
            {
                return false;
            }

            connections = reply.Connections;
        }

        bool needsServices = view.Page is TopPage.Services or TopPage.Refusals;
        bool good = console.TryAskAll(
            new ControlRequest { Command = ControlCommands.Status }, out ControlReply status, most: needsServices ? int.MaxValue : 0);
        reply = new ControlReply
        {
            Server = status.Server,
            Connections = connections,
            Services = needsServices ? status.Services : null,
        };
        List<FollowedLine> log = [];
        if (good && view.Page == TopPage.Log)
        {
            good = console.TryAsk(
                new ControlRequest { Command = ControlCommands.Tail, Lines = TopView.MostLogLines }, out ControlReply tail);
            log.AddRange(good ? console.Follow().Take(tail.Lines ?? 0) : []);
        }

        view.Update(reply, log);
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
