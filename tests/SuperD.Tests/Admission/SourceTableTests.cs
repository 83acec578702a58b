using NUnit.Framework;
using SuperD.Admission;

namespace SuperD.Tests.Admission;

/// <summary>The memory for sources is bounded, and the oldest source is forgotten first.</summary>
[NonParallelizable]
public sealed class SourceTableTests
{
    [Test]
    public void A_source_is_remembered_until_as_many_others_were_set_after_it()
    {
        var table = new SourceTable<int>(3);
        for (int source = 1; source <= 3; source++)
        {
            table.Set(Key(source), source);
        }

        table.Set(Key(1), 10);
        table.Set(Key(4), 4);
        Assert.That(Enumerable.Range(1, 4).Select(source => table[Key(source)]), Is.EqualTo(new[] { 10, 0, 3, 4 }), "2 was the oldest");
    }

    [Test]
    public void Sources_of_two_services_are_two() => Assert.That(SetAndGet(new SourceKey(1, 1), new SourceKey(1, 2)), Is.Zero);

    [Test]
    public void Any_use_is_as_a_dictionary_and_a_list_by_age_would_do_it()
    {
        var random = new Random(5);
        foreach (int capacity in (int[])[1, 2, 7, 16, 17, 100])
        {
            var table = new SourceTable<int>(capacity);
            var naive = new List<(SourceKey Key, int State)>();
            for (int step = 0; step < 5000; step++)
            {
                SourceKey key = Key(random.Next(capacity * 2));
                if (random.Next(2) == 0)
                {
                    naive.RemoveAll(entry => entry.Key == key);
                    naive.Add((key, step));
                    naive.RemoveRange(0, Math.Max(0, naive.Count - capacity));
                    table.Set(key, step);
                }

                Assert.That((table[key], table.Count), Is.EqualTo((naive.Find(entry => entry.Key == key).State, naive.Count)));
            }
        }
    }

    [Test]
    public void A_flood_from_a_million_addresses_costs_bounded_memory()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new SourceTable<TokenBucket>(SourceTable<TokenBucket>.UsualCapacity);
        for (int source = 0; source < 1_000_000; source++)
        {
            table.Set(Key(source), new TokenBucket(source));
        }

        long used = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(table.Count, Is.EqualTo(65_536));
        Assert.That(used, Is.LessThan(5 * 1024 * 1024), "documented: 15 MB for three of them");
        Assert.That(
            (table[Key(999_999)].FullAt, table[Key(999_999 - 65_535)].FullAt, table[Key(999_999 - 65_536)].FullAt),
            Is.EqualTo((999_999L, 934_464L, 0L)));
    }

    private static int SetAndGet(SourceKey set, SourceKey get)
    {
        var table = new SourceTable<int>(10);
        table.Set(set, 1);
        return table[get];
    }

    private static SourceKey Key(int source) => new((UInt128)source << 64, 1);
}
