using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Mutated service files for a running superd, which must keep all its services whether it accepts the files or not.</summary>
internal sealed class ReloadFuzzer(AttackTarget target) : Fuzzer("reload", target, TimeSpan.FromMilliseconds(60))
{
    private const int Names = 4;

    private readonly int[] _ports = Ports.Take(Names);

    protected override int Attack(Random random)
    {
        string name = NameOf(random.Next(Names));
        byte[] good = ServiceTexts.Service(_ports[random.Next(Names)], random);
        Target.WriteService(name, random.Next(4) == 0 ? good : Mutator.Mutate(good, random, ServiceTexts.Lines));
        Reload();
        if (random.Next(8) > 0)
        {
            Target.DeleteService(name); // a bad file that stays would make every later reload and upgrade fail
        }

        return 1;
    }

    protected override void End()
    {
        for (int number = 0; number < Names; number++)
        {
            Target.DeleteService(NameOf(number));
        }

        Reload();
    }

    private static string NameOf(int number) => $"fuzz-{number}";

    private void Reload()
    {
        using Socket socket = Target.ConnectConsole();
        _ = socket.Send("{\"command\":\"reload\"}\n"u8);
        socket.Shutdown(SocketShutdown.Send);
        socket.ReceiveTimeout = 5_000;
        Clients.Read(socket);
    }
}
