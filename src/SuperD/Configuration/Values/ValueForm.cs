using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>How a kind of value is written: a duration, a list of names, one of some words. Stateless; what it finds wrong it reports.</summary>
/// <typeparam name="T">What the value means, before any other key is looked at.</typeparam>
internal abstract class ValueForm<T>
{
    /// <summary>For the reference: <c>integer</c>, <c>duration</c>, <c>string or array</c>.</summary>
    public abstract string Type { get; }

    /// <summary>False when nothing of the value can be used; whatever is wrong with it, the reader has been told.</summary>
    public abstract bool TryRead(TomlNode node, ValueReader reader, out T value);
}
