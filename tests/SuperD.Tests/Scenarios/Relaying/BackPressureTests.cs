using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;
using SuperD.Tests.Support;

namespace SuperD.Tests.Scenarios.Relaying;

/// <summary>A fast sender with a slow reader costs superd one buffer.</summary>
public sealed class BackPressureTests
{
    private static readonly byte[] s_chunk = new byte[1 << 20];

    private const long Total = 200L << 20;

    /// <summary>The kernel's buffers of four sockets (tcp_rmem and tcp_wmem go up to 6 and 4 MiB), plus superd's own.</summary>
    private const long MostOnTheWay = 64L << 20;

    [Test]
    public async Task A_slow_reader_does_not_grow_memory_and_gets_every_byte()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", "listen = '127.0.0.1:0'\n" + backend.Redirect));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        peer.SendTimeout = 0;
        long before = ResidentKiB(daemon.Pid);
        long sent = 0;
        Task sender = Task.Run(() =>
        {
            var chunk = new byte[1 << 20];
            while (sent < Total)
            {
                chunk.AsSpan().Fill((byte)(sent >> 20));
                peer.Send(chunk);
                Interlocked.Add(ref sent, chunk.Length);
            }

            peer.Shutdown(SocketShutdown.Send);
        });

        long stalledAt = Patience.UntilStill(() => Interlocked.Read(ref sent), "the sender is held back");
        Assert.That(stalledAt, Is.LessThan(MostOnTheWay), "the sender was not held back");
        long grown = ResidentKiB(daemon.Pid) - before;
        TestContext.Out.WriteLine($"stalled after {stalledAt >> 20} MiB; superd grew by {grown} KiB");
        Assert.That(grown, Is.LessThan(8 * 1024), "superd's memory in KiB");

        // A stalled relay waits for events instead of polling.
        TimeSpan used = ProcFs.ProcessorTime(daemon.Pid);
        Assert.That(sender.Wait(TimeSpan.FromMilliseconds(500)), Is.False);
        Assert.That(ProcFs.ProcessorTime(daemon.Pid) - used, Is.LessThan(TimeSpan.FromMilliseconds(200)));

        Assert.That(ReadAll(client.Socket), Is.EqualTo(Total));
        await sender.WaitAsync(Patience.Limit);
        client.EndSending();
        Assert.That(daemon.WaitFor("end_relay", "relay").Number("bytes_out"), Is.EqualTo(Total));
        TestContext.Out.WriteLine($"after it: {ResidentKiB(daemon.Pid) - before} KiB");
    }

    [Test]
    public void A_relay_at_full_speed_leaves_other_services_their_turn()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(
            ("relay", "listen = '127.0.0.1:0'\n" + backend.Redirect),
            ("hello", "listen = '127.0.0.1:0'\n" + TomlText.ExecShell("echo hello")));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        using CancellationTokenSource over = new();
        Task sender = Task.Run(() => Flood(peer, over.Token));
        Task<long> reader = Task.Run(() => ReadAll(client.Socket, check: false));

        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 20; i++)
        {
            using Client other = daemon.Connect("hello");
            Assert.That(other.ReadToEnd(), Is.EqualTo("hello\n"));
        }

        TestContext.Out.WriteLine($"20 others in {clock.ElapsedMilliseconds} ms");
        over.Cancel();
        Assert.That(Task.WaitAll([sender, reader], Patience.Limit), Is.True);
        TestContext.Out.WriteLine($"meanwhile {reader.Result >> 20} MiB");
    }

    [Test]
    public void A_relay_whose_client_is_deaf_and_whose_backend_is_done_does_not_spin()
    {
        using TestBackend backend = new();
        using Daemon daemon = Daemon.Start(("relay", "listen = '127.0.0.1:0'\n" + backend.Redirect));
        using Client client = daemon.Connect("relay");
        using Socket peer = backend.Accept();
        client.EndSending();
        Assert.That(peer.Receive(new byte[1]), Is.Zero);

        // Fill all buffers on the way, then send the end: the backend's socket is closed both ways, and still has data to read.
        peer.Blocking = false;
        long sent = 0;
        Patience.UntilStill(() => sent += Math.Max(0, TrySend(peer)), "the backend is held back");
        peer.Shutdown(SocketShutdown.Send);

        using Client other = daemon.Connect("relay");
        using Socket otherPeer = backend.Accept();
        TimeSpan used = ProcFs.ProcessorTime(daemon.Pid);
        Assert.That(otherPeer.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectRead), Is.False, "the other client is silent");
        Assert.That(ProcFs.ProcessorTime(daemon.Pid) - used, Is.LessThan(TimeSpan.FromMilliseconds(200)));
    }

    private static int TrySend(Socket socket)
    {
        int sent = socket.Send(s_chunk, SocketFlags.None, out SocketError error);
        return error == SocketError.WouldBlock ? 0 : sent;
    }

    private static void Flood(Socket socket, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            socket.Send(s_chunk);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static long ReadAll(Socket socket, bool check = true)
    {
        var buffer = new byte[1 << 18];
        long total = 0;
        for (int count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
        {
            if (check && (buffer[0] != (byte)(total >> 20) || buffer[count - 1] != (byte)(total + count - 1 >> 20)))
            {
                throw new InvalidDataException($"a wrong byte near {total}");
            }

            total += count;
        }

        return total;
    }

    private static long ResidentKiB(int pid) => long.Parse(ProcFs.Status(pid, "RssAnon").Split(' ')[0], CultureInfo.InvariantCulture);
}
