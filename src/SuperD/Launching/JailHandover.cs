using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>A jail, handed over to the next version: a service that has the same one again goes on in it.</summary>
/// <param name="Text">See <see cref="JailLayout.Text"/>.</param>
/// <param name="Namespaces">The descriptors, in the order of <see cref="NamespaceSet.All"/>.</param>
/// <param name="Root">The descriptor of <see cref="JailTemplate.Root"/>; null from a superd that did not keep it.</param>
internal sealed record JailHandover(string Text, IReadOnlyList<int?> Namespaces, int? Root = null)
{
    /// <summary>Keeps the descriptors of a jail.</summary>
    public static JailHandover Of(JailTemplate jail, KeptDescriptors kept) =>
        new(jail.Text, [.. jail.Namespaces.All.Select(one => one is null ? (int?)null : kept.Keep(one))], kept.Keep(jail.Root));

    /// <summary>The jail again; null if it must be made anew.</summary>
    public JailTemplate? ToTemplate(Inheritance inheritance)
    {
        Fd?[] namespaces = [.. Namespaces.Select(inheritance.Take)];
        if (inheritance.Take(Root) is { } root)
        {
            return new JailTemplate(Text, root, new NamespaceSet([.. namespaces]));
        }

        Array.ForEach(namespaces, one => one?.Dispose());
        return null;
    }
}
