using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Fluent;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace SuperD.Tests.Architecture;

/// <summary>The folders of a source tree, and the folders that the types in each may use.</summary>
/// <remarks>
/// A folder is a namespace including its children, except children that are folders of their own.
/// The empty name stands for types directly in the root namespace.
/// </remarks>
/// <param name="everybodys">The full name of a type that every folder may use; null for none.</param>
internal sealed class FolderTable(string root, string? everybodys, params (string Folder, string[] MayUse)[] rows)
{
    private const string Nothing = "(?!)";

    private readonly Dictionary<string, string?> _folders = [];

    public IReadOnlyList<string> Folders { get; } = [.. rows.Select(row => row.Folder)];

    /// <summary>The rule of one row: types in the folder use no folder outside the row.</summary>
    public IArchRule RuleFor(string folder)
    {
        string[] allowed = rows.Single(row => row.Folder == folder).MayUse;
        string[] forbidden = [.. Folders.Where(other => other != folder && !allowed.Contains(other)).Select(PatternOf)];
        return Types().That().ResideInNamespaceMatching(PatternOf(folder))
            .Should().NotDependOnAny(Types().That()
                .ResideInNamespaceMatching(forbidden.Length == 0 ? Nothing : string.Join('|', forbidden))
                .And().DoNotHaveFullName(everybodys ?? string.Empty))
            .Because($"{folder} may use {string.Join(", ", allowed)} and nothing else of superd")
            .WithoutRequiringPositiveResults();
    }

    /// <summary>The folder of a type; null for a type outside the tree.</summary>
    public string? FolderOf(IType type)
    {
        // ArchUnitNET treats type parameters as types, and considers the T of two methods in different folders to be the same.
        if (type is GenericParameter || type.FullName == everybodys || type.Namespace?.FullName is not { } name)
        {
            return null;
        }

        if (!_folders.TryGetValue(name, out string? folder))
        {
            folder = Folders.FirstOrDefault(folder => Regex.IsMatch(name, PatternOf(folder)));
            _folders.Add(name, folder);
        }

        return folder;
    }

    /// <summary>All arrows between two folders: a type in the first uses a type in the second.</summary>
    public IReadOnlyList<FolderArrow> Arrows(ArchUnitNET.Domain.Architecture architecture)
    {
        var arrows = new Dictionary<(string, string), FolderArrow>();
        foreach (ITypeDependency dependency in architecture.Types.SelectMany(type => type.Dependencies))
        {
            if (FolderOf(dependency.Origin) is { } from && FolderOf(dependency.Target) is { } to && from != to)
            {
                arrows.TryAdd((from, to), new FolderArrow(from, to, $"{dependency.Origin.FullName} uses {dependency.Target.FullName}"));
            }
        }

        return [.. arrows.Values];
    }

    private string PatternOf(string folder)
    {
        string name = Regex.Escape(folder.Length == 0 ? root : $"{root}.{folder}");
        IEnumerable<string> inside = Folders.Where(other => other.StartsWith(folder + '.', StringComparison.Ordinal));
        string[] below = [.. inside.Select(other => Regex.Escape(other[folder.Length..]))];
        return folder.Length == 0 ? $"^{name}$"
            : below.Length == 0 ? $@"^{name}(\.|$)"
            : $@"^{name}(?!({string.Join('|', below)})(\.|$))(\.|$)";
    }
}
