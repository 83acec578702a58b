using System.Numerics;
using System.Runtime.InteropServices;

namespace SuperD.Admission;

/// <summary>Remembers state for a bounded number of sources: a new one evicts the one that was set longest ago. Loop only.</summary>
/// <remarks>
/// A hash table in two arrays that double up to the capacity, about 70 bytes per source, with the slots linked by age. .NET's Dictionary
/// keeps no such order, and a separate list beside it would double the memory. The hash is seeded anew in each process, so no client can
/// choose addresses that collide.
/// </remarks>
internal sealed class SourceTable<TState>(int capacity)
    where TState : struct
{
    /// <summary>How many sources superd remembers for each kind of state; OpenSSH's number.</summary>
    public const int UsualCapacity = 65_536;

    private const int FirstSize = 16;
    private const int None = -1;

    private int[] _buckets = [];
    private Slot[] _slots = [];
    private int _newest = None;
    private int _oldest = None;

    /// <summary>How many sources it remembers.</summary>
    public int Count { get; private set; }

    /// <summary>The state of a source; the default value if none is remembered.</summary>
    public TState this[SourceKey key] => Find(key) is var slot and not None ? _slots[slot].State : default;

    /// <summary>All sources, oldest first.</summary>
    public IEnumerable<(SourceKey Source, TState State)> All
    {
        get
        {
            for (int slot = _oldest; slot != None; slot = _slots[slot].Newer)
            {
                yield return (_slots[slot].Key, _slots[slot].State);
            }
        }
    }

    /// <summary>Remembers a state, and makes the source the newest.</summary>
    public void Set(SourceKey key, TState state)
    {
        int slot = Find(key);
        if (slot != None)
        {
            Unlink(slot);
        }
        else
        {
            slot = TakeSlot();
            ref int bucket = ref BucketOf(key);
            _slots[slot].Key = key;
            _slots[slot].NextInBucket = bucket;
            bucket = slot;
        }

        _slots[slot].State = state;
        LinkAsNewest(slot);
    }

    private int Find(SourceKey key)
    {
        int slot = _slots.Length == 0 ? None : BucketOf(key);
        while (slot != None && _slots[slot].Key != key)
        {
            slot = _slots[slot].NextInBucket;
        }

        return slot;
    }

    private ref int BucketOf(SourceKey key) => ref _buckets[key.GetHashCode() & (_buckets.Length - 1)];

    private int TakeSlot()
    {
        if (Count == capacity)
        {
            int oldest = _oldest;
            Unlink(oldest);
            TakeOutOfBucket(oldest);
            return oldest;
        }

        if (Count == _slots.Length)
        {
            Grow();
        }

        return Count++;
    }

    private void Grow()
    {
        Array.Resize(ref _slots, Math.Min(capacity, Math.Max(FirstSize, _slots.Length * 2)));
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)_slots.Length)];
        _buckets.AsSpan().Fill(None);
        for (int slot = 0; slot < Count; slot++)
        {
            ref int bucket = ref BucketOf(_slots[slot].Key);
            _slots[slot].NextInBucket = bucket;
            bucket = slot;
        }
    }

    private void TakeOutOfBucket(int slot)
    {
        ref int link = ref BucketOf(_slots[slot].Key);
        while (link != slot)
        {
            link = ref _slots[link].NextInBucket;
        }

        link = _slots[slot].NextInBucket;
    }

    private void LinkAsNewest(int slot)
    {
        _slots[slot].Older = _newest;
        _slots[slot].Newer = None;
        (_newest == None ? ref _oldest : ref _slots[_newest].Newer) = slot;
        _newest = slot;
    }

    private void Unlink(int slot)
    {
        (int newer, int older) = (_slots[slot].Newer, _slots[slot].Older);
        (newer == None ? ref _newest : ref _slots[newer].Older) = older;
        (older == None ? ref _oldest : ref _slots[older].Newer) = newer;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Slot
    {
        public SourceKey Key;
        public TState State;
        public int NextInBucket;
        public int Newer;
        public int Older;
    }
}
