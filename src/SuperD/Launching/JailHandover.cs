using SuperD.Linux;
using SuperD.Services;

namespace SuperD.Launching;

/// <summary>A jail, handed over to the next version: a service that has the same one again goes on in it.</summary>
/// <param name="Text">See <see cref="JailLayout.Text"/>.</param>
/// <param name="Namespaces">The descriptors, in the order of <see cref="JailTemplate.Namespaces"/>.</param>
internal sealed record JailHandover(string Text, IReadOnlyList<int?> Namespaces)
{
    /// <summary>Keeps the descriptors of a jail.</summary>
    public static JailHandover Of(JailTemplate jail, KeptDescriptors kept) =>
        new(jail.Text, [.. jail.Namespaces.Select(one => one is null ? (int?)null : kept.Keep(one))]);

    /// <summary>The jail again.</summary>
    public JailTemplate ToTemplate(Inheritance inheritance) => new(Text, [.. Namespaces.Select(inheritance.Take)]);
}
