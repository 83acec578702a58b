using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace SuperD.Linux;

/// <summary>An immutable list that compares by its items, so that records which contain it compare by value.</summary>
/// <remarks>An <see cref="ImmutableArray{T}"/> compares by reference: two readings of the same file would always differ.</remarks>
[CollectionBuilder(typeof(ValueArray), nameof(ValueArray.Create))]
public readonly struct ValueArray<T> : IReadOnlyList<T>, IEquatable<ValueArray<T>>
{
    private readonly ImmutableArray<T> _items;

    internal ValueArray(ImmutableArray<T> items) => _items = items;

    /// <summary>The number of items.</summary>
    public int Length => Items.Length;

    int IReadOnlyCollection<T>.Count => Length;

    private ImmutableArray<T> Items => _items.IsDefault ? [] : _items;

    /// <summary>The item at an index from 0.</summary>
    public T this[int index] => Items[index];

    /// <summary>Wraps an array without copying it.</summary>
    public static implicit operator ValueArray<T>(ImmutableArray<T> items) => new(items);

    /// <summary>Whether the items are equal, in order.</summary>
    public static bool operator ==(ValueArray<T> left, ValueArray<T> right) => left.Equals(right);

    /// <summary>Whether the items differ.</summary>
    public static bool operator !=(ValueArray<T> left, ValueArray<T> right) => !left.Equals(right);

    /// <summary>The items, without copying them.</summary>
    public ReadOnlySpan<T> AsSpan() => Items.AsSpan();

    /// <summary>Enumerates the items without an allocation.</summary>
    public ImmutableArray<T>.Enumerator GetEnumerator() => Items.GetEnumerator();

    /// <summary>Whether the items are equal, in order.</summary>
    public bool Equals(ValueArray<T> other) => AsSpan().SequenceEqual(other.AsSpan(), EqualityComparer<T>.Default);

    public override bool Equals(object? obj) => obj is ValueArray<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (T item in Items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Items).GetEnumerator();
}

/// <summary>The builder of collection expressions.</summary>
public static class ValueArray
{
    /// <summary>Copies the items into a new list.</summary>
    public static ValueArray<T> Create<T>(ReadOnlySpan<T> items) => new([.. items]);
}
