using System.Net.Sockets;

namespace SuperD.Benchmarks.Attack;

/// <summary>One kind of attack on its own thread: one input after another, with a pause in between to bound the load.</summary>
/// <remarks>The nth input of a kind depends only on the seed and n, whatever the other kinds do.</remarks>
internal abstract class Fuzzer(string name, AttackTarget target, TimeSpan pause)
{
    private readonly List<string> _faults = [];
    private long _inputs;

    /// <summary>Its name on the command line and in the table.</summary>
    public string Name => name;

    /// <summary>Inputs so far.</summary>
    public long Inputs => Interlocked.Read(ref _inputs);

    /// <summary>The faults that this side can see; read them after the run.</summary>
    public IReadOnlyList<string> Faults => _faults;

    protected AttackTarget Target => target;

    /// <summary>Runs until it is cancelled or has seen enough faults.</summary>
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
                // Refusals, resets and silence: superd may treat an attacker to all of them.
                Interlocked.Increment(ref _inputs);
            }
            catch (Exception unexpected)
            {
                Report($"input {number}: the attack itself failed: {unexpected}"); // the other kinds continue
            }

            cancellation.WaitHandle.WaitOne(pause);
        }

        End();
    }

    /// <summary>Makes one attack and returns how many inputs it sent.</summary>
    protected abstract int Attack(Random random);

    /// <summary>Releases what it holds and undoes what it changed.</summary>
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
