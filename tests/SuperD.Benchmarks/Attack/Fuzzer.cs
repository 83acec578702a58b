using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>
/// One kind of attack, on a thread of its own: one input after the other, with a pause between two, so that the load is bounded.
/// </summary>
/// <remarks>The nth input of a kind depends on the seed and n alone, whatever the others do.</remarks>
internal abstract class Fuzzer(string name, AttackTarget target, TimeSpan pause)
{
    private readonly List<string> _faults = [];
    private long _inputs;

    /// <summary>The word on the command line and in the table.</summary>
    public string Name => name;

    /// <summary>Inputs so far.</summary>
    public long Inputs => Interlocked.Read(ref _inputs);

    /// <summary>What went wrong and can be seen from here; read when it has ended.</summary>
    public IReadOnlyList<string> Faults => _faults;

    protected AttackTarget Target => target;

    /// <summary>Runs until the cancellation, or until it has seen enough faults.</summary>
    public void Run(int seed, CancellationToken cancellation)
    {
        const int mostFaults = 5;
        for (int number = 0; !cancellation.IsCancellationRequested && _faults.Count < mostFaults; number++)
        {
            try
            {
                Interlocked.Add(ref _inputs, Attack(new Random(Mix(seed, name, number))));
            }
            catch (Exception expected) when (expected is SocketException or ObjectDisposedException)
            {
                // Refused, reset, silent: superd may do all that to an attacker.
                Interlocked.Increment(ref _inputs);
            }
            catch (Exception unexpected)
            {
                Report($"input {number}: the attack itself failed: {unexpected}"); // the other kinds go on
            }

            cancellation.WaitHandle.WaitOne(pause);
        }

        End();
    }

    /// <summary>One attack; returns how many inputs that were.</summary>
    protected abstract int Attack(Random random);

    /// <summary>Gives back what it holds and what it has changed.</summary>
    protected virtual void End()
    {
    }

    protected void Report(string fault) => _faults.Add($"{name}: {fault}");

    protected static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    /// <summary>FNV-1a: the same in every process, unlike string.GetHashCode.</summary>
    private static int Mix(int seed, string name, int number)
    {
        uint hash = 2166136261;
        foreach (int part in name.Select(character => (int)character).Append(seed).Append(number).Append(number >> 16))
        {
            hash = (hash ^ (uint)part) * 16777619;
        }

        return (int)hash;
    }
}
