using System.Globalization;
using System.Net;
using SuperD.Control;
using SuperD.Control.Messages;
using SuperD.Conversing;

namespace SuperD.Cli.Web;

/// <summary>What the page orders: <c>/api/end/17</c>, <c>/api/pause/han</c>, <c>/api/reload</c>. superd checks the token.</summary>
internal sealed class WebActions(IReadOnlyList<string> sockets)
{
    private const string Prefix = "/api/";

    private static readonly TimeSpan s_longestReload = TimeSpan.FromSeconds(20);

    /// <summary>So slowly can the token be guessed.</summary>
    private static readonly TimeSpan s_afterWrongToken = TimeSpan.FromSeconds(1);

    private readonly Lock _one = new(); // one order at a time

    /// <summary>What a path orders; null if it orders nothing.</summary>
    public static ControlRequest? Find(string path)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        string[] words = path[Prefix.Length..].Split('/', 2);
        string? what = words.Length == 2 ? WebUtility.UrlDecode(words[1]) : null;
        return words[0] switch
        {
            ControlCommands.Reload when what is null => new ControlRequest { Command = ControlCommands.Reload },
            ControlCommands.End when long.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out long id) =>
                new ControlRequest { Command = ControlCommands.End, Id = id },
            ControlCommands.Pause or ControlCommands.Resume or ControlCommands.Drain when !string.IsNullOrEmpty(what) =>
                new ControlRequest { Command = words[0], Service = what },
            _ => null,
        };
    }

    /// <summary>Orders it, and says how that went.</summary>
    public HttpResponse Order(ControlRequest request, string token)
    {
        lock (_one)
        {
            var error = new StringWriter();
            using ConsoleClient? console = ConsoleClient.TryConnect(sockets, configuration: null, forPeople: true, error, out _);
            try
            {
                console?.WaitFor(s_longestReload);
                if (console is null)
                {
                    return HttpResponse.Sentence(HttpStatus.NotReady, error.ToString().TrimEnd());
                }

                if (console.TryAsk(request with { Token = token }, out ControlReply reply))
                {
                    return HttpResponse.Sentence(HttpStatus.Ok, "done");
                }

                bool isDenied = reply.Kind == "denied";
                if (isDenied)
                {
                    Console.Error.WriteLine($"denied {request.Command}: {reply.Error}");
                    Thread.Sleep(s_afterWrongToken);
                }

                return HttpResponse.Sentence(isDenied ? HttpStatus.Forbidden : HttpStatus.Conflict, reply.Error!); // a refusal has one
            }
            catch (ConsoleFailure failure)
            {
                return HttpResponse.Sentence(HttpStatus.NotReady, $"superd: {failure.Message}");
            }
        }
    }
}
