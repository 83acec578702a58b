using System.Diagnostics.CodeAnalysis;
using SuperD.Configuration;

namespace SuperD.Listening;

/// <summary>Addresses are the same when one socket is right for both.</summary>
internal sealed class SameSocket : IEqualityComparer<ListenAddress>
{
    public static SameSocket Comparer { get; } = new();

    public bool Equals(ListenAddress? x, ListenAddress? y) => x is null ? y is null : y is not null && x.IsSameSocket(y);

    public int GetHashCode([DisallowNull] ListenAddress obj) => HashCode.Combine(obj.Transport, obj.EndPoint, obj.UnixName);
}
