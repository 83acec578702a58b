using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>The form of a kind of value: a duration, a list of names, one of a few words. Stateless; reports what is wrong.</summary>
/// <typeparam name="T">The meaning of the value, before other keys are considered.</typeparam>
internal abstract class ValueForm<T>
{
    /// <summary>The type in the reference: <c>integer</c>, <c>duration</c>, <c>string or array</c>.</summary>
    public abstract string Type { get; }

    /// <summary>The values that <see cref="TryRead"/> accepts, for editors.</summary>
    public abstract Schema Schema { get; }

    /// <summary>Reads a value and reports its problems; false when no part of it is usable.</summary>
    public abstract bool TryRead(TomlNode node, ValueReader reader, out T value);
}
