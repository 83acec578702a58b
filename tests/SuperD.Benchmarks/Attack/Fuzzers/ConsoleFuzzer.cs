using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>
/// Console requests: valid, mutated, nested, unterminated, pipelined, never read, and from more clients than superd allows.
/// </summary>
/// <remarks>Root may end and pause anything, so requests that would affect any service but the sacrificed one are not sent.</remarks>
internal sealed class ConsoleFuzzer(AttackTarget target) : Fuzzer("console", target, TimeSpan.FromMilliseconds(10))
{
    private static readonly byte[][] s_requests = [.. ((string[])[
        """{"command":"status"}""",
        """{"command":"status","service":"steady-answer"}""",
        """{"command":"status","after_service":"open"}""",
        """{"command":"connections"}""",
        """{"command":"connections","from":"203.0.113.0/24","after":17}""",
        $$"""{"command":"pause","service":"{{AttackServices.Sacrificed}}"}""",
        $$"""{"command":"resume","service":"{{AttackServices.Sacrificed}}"}""",
        $$"""{"command":"drain","service":"{{AttackServices.Sacrificed}}"}""",
        $$"""{"command":"end","service":"{{AttackServices.Sacrificed}}","after":0}""",
        """{"command":"end","id":9223372036854775807}""",
        """{"command":"why","service":"open","address":"2001:db8::7"}""",
        """{"command":"why","service":"unix-echo","address":"127.66.0.1"}""",
        """{"command":"tail"}""",
        """{"command":"tail","service":"hostile"}""",
        """{"command":"reload","dry_run":true}""",
        """{"command":"reload","kill":true}"""]).Select(Encoding.UTF8.GetBytes)];

    private readonly HeldSockets _held = new();

    protected override int Attack(Random random)
    {
        int manner = random.Next(20);
        if (manner == 0)
        {
            return Storm(random);
        }

        Socket socket = Target.ConnectConsole();
        try
        {
            byte[] bytes = Bytes(random, out int requests);
            _ = socket.Send(bytes);
            if (manner < 4)
            {
                _held.Add(socket, random); // may follow the log, and reads nothing
                return requests;
            }

            if (manner < 10)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            if (manner < 16)
            {
                Clients.Read(socket);
            }

            socket.Dispose();
            return requests;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    protected override void End()
    {
        _held.Dispose();
        using Socket socket = Target.ConnectConsole();
        _ = socket.Send(Encoding.UTF8.GetBytes($$"""{"command":"resume","service":"{{AttackServices.Sacrificed}}"}""" + "\n"));
    }

    /// <summary>More clients than superd allows, each with a request.</summary>
    private int Storm(Random random)
    {
        var sockets = new List<Socket>();
        try
        {
            for (int count = random.Next(1, 48); count > 0; count--)
            {
                sockets.Add(Target.ConnectConsole());
                _ = sockets[^1].Send([.. Pick(random, s_requests), (byte)'\n']);
            }

            return sockets.Count;
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static byte[] Bytes(Random random, out int requests)
    {
        requests = 1;
        switch (random.Next(12))
        {
            case 0:
                return [.. Enumerable.Repeat((byte)'[', random.Next(1, 5000)), (byte)'\n'];
            case 1:
                return [.. "{\"command\":\""u8, .. Enumerable.Repeat((byte)'x', random.Next(1, 20_000))]; // no end of line
            case 2:
                return [.. Enumerable.Repeat((byte)'\n', random.Next(1, 5000))];
            case 3:
                requests = random.Next(2, 200);
                return [.. Enumerable.Range(0, requests).SelectMany(_ => (byte[])[.. Pick(random, s_requests), (byte)'\n'])];
            default:
                byte[] request = Pick(random, s_requests);
                byte[] mutated = random.Next(5) == 0 ? request : Mutator.Mutate(request, random, s_requests);
                return IsHarmless(mutated) ? [.. mutated, (byte)'\n'] : [.. request, (byte)'\n'];
        }
    }

    /// <summary>Whether no line of it, if obeyed, affects any service but the sacrificed one.</summary>
    private static bool IsHarmless(byte[] bytes) => Encoding.Latin1.GetString(bytes).Split('\n', '\r').All(line =>
    {
        try
        {
            using var json = JsonDocument.Parse(Encoding.Latin1.GetBytes(line));
            return json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("command", out JsonElement command)
                || command.ValueKind != JsonValueKind.String
                || command.GetString() is not ("end" or "pause" or "drain" or "upgrade")
                || (json.RootElement.TryGetProperty("service", out JsonElement service)
                    && service.ValueKind == JsonValueKind.String
                    && service.ValueEquals(AttackServices.Sacrificed));
        }
        catch (Exception noJson) when (noJson is JsonException or InvalidOperationException)
        {
            return true;
        }
    });
}
