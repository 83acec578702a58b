using System.Collections.Immutable;
using SuperD.Configuration.Toml;

namespace SuperD.Configuration.Values;

/// <summary>An array of elements of one form, each kept with its place.</summary>
/// <param name="element">The form of the elements.</param>
/// <param name="elements">The elements in the plural: <c>names</c>.</param>
/// <param name="oneAlone">Whether a single element may be written without brackets.</param>
/// <param name="mayBeEmpty">Whether an empty array is allowed; null: only if a single element may not stand alone.</param>
internal sealed class ListForm<T>(ValueForm<T> element, string elements, bool oneAlone = false, bool? mayBeEmpty = null)
    : ValueForm<ImmutableArray<Written<T>>>
{
    public override string Type => oneAlone ? $"{element.Type} or array" : $"array of {elements}";

    public override Schema Schema => oneAlone
        ? Schema.Any(element.Schema, Schema.List(element.Schema, MayBeEmpty))
        : Schema.List(element.Schema, MayBeEmpty);

    private bool MayBeEmpty => mayBeEmpty ?? !oneAlone;

    public override bool TryRead(TomlNode node, ValueReader reader, out ImmutableArray<Written<T>> value)
    {
        value = [];
        if (node is not TomlArray array)
        {
            if (!oneAlone)
            {
                return reader.WrongType(node, $"an array of {elements}");
            }

            bool good = element.TryRead(node, reader, out T single);
            value = good ? [reader.Written(single, node)] : [];
            return good;
        }

        if (!MayBeEmpty && array.Items.Count == 0)
        {
            return reader.WrongType(node, $"at least one {element.Type}");
        }

        // A bad element is reported and left out; the rules check the others, so that one load reports all problems.
        var items = ImmutableArray.CreateBuilder<Written<T>>(array.Items.Count);
        ValueReader inside = reader.EnterArray();
        foreach (TomlNode item in array.Items)
        {
            if (element.TryRead(item, inside, out T one))
            {
                items.Add(reader.Written(one, item));
            }
        }

        value = items.ToImmutable();
        return true;
    }
}
