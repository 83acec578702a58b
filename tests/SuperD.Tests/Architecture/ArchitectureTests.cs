using System.Reflection;
using System.Security;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.NUnit;
using NUnit.Framework;
using SuperD.Linux;
using Assembly = System.Reflection.Assembly;

namespace SuperD.Tests.Architecture;

/// <summary>Which folders of superd may use which, as documented in src/docs/architecture.md.</summary>
public sealed class ArchitectureTests
{
    private const string Conductor = "";

    private static readonly string[] s_foundation = ["Services", "Configuration", "Loop", "Logging", "Linux"];

    /// <summary>Each does one thing with a connection, and none uses another.</summary>
    private static readonly string[] s_stages =
        ["Listening", "Admission", "ProxyProtocol", "Launching", "Relaying", "Conversing", "Reaping", "Ending"];

    /// <summary>Folders that may use several stages, like the conductor.</summary>
    private static readonly string[] s_composers = ["Control", "Reloading", "Upgrading", "ServiceManager"];

    /// <summary>The types in the conductor's own folder that join stages.</summary>
    private static readonly string[] s_conductors =
    [
        nameof(SuperServer),
        nameof(Handlers),
        nameof(Opening),
        nameof(ConnectionRecords),
        nameof(BuiltinDatagrams),
        nameof(RunningHandler),
        nameof(HandlersHandover),
    ];

    private static readonly FolderTable s_table = new(
        "SuperD",
        everybodys: "SuperD.Sequence", // in the root namespace, so that every folder finds it before System.Linq
        ("Linux", []),
        ("Loop", ["Linux"]),
        ("Configuration", ["Linux"]),
        ("Importing", ["Configuration", "Linux"]), // systemd's names for limits and signals are the kernel's
        ("Services", ["Configuration", "Loop", "Linux"]),
        ("Logging", ["Services", "Configuration", "Loop", "Linux"]),
        ("Listening", s_foundation),
        ("Admission", s_foundation),
        ("ProxyProtocol", s_foundation),
        ("Launching", s_foundation),
        ("Relaying", [.. s_foundation, "ProxyProtocol"]), // writes the header
        ("Conversing", s_foundation),
        ("Reaping", s_foundation),
        ("Ending", s_foundation),
        ("Control.Messages", ["Logging"]), // the console and the log agree on what is printable
        ("ServiceManager", [.. s_foundation, .. s_stages]),
        ("Reloading", [.. s_foundation, .. s_stages, "ServiceManager", "Control.Messages"]),
        ("Control", [.. s_foundation, .. s_stages, "Control.Messages", "Reloading", "ServiceManager"]),
        // Uses the conductor's folder because Handlers take part in the handover too.
        ("Upgrading", [.. s_foundation, .. s_stages, "Control", "Control.Messages", "Reloading", "ServiceManager", Conductor]),
        (Conductor, [.. s_foundation, .. s_stages, .. s_composers, "Control.Messages"]),
        ("Cli", [.. s_foundation, .. s_stages, .. s_composers, "Control.Messages", "Importing", Conductor]));

    private static readonly FolderTable s_fixture = new("SuperD.Tests.Architecture.Fixture", null, ("Low", []), ("High", ["Low"]));

    private static readonly ArchUnitNET.Domain.Architecture s_superd =
        new ArchLoader().LoadAssemblies(typeof(SuperServer).Assembly, typeof(Fd).Assembly).Build();

    private static readonly ArchUnitNET.Domain.Architecture s_tests =
        new ArchLoader().LoadAssemblies(typeof(ArchitectureTests).Assembly).Build();

    private static IEnumerable<string> Folders => s_table.Folders;

    [TestCaseSource(nameof(Folders))]
    public void A_folder_uses_only_those_in_its_row_of_the_table(string folder) => s_table.RuleFor(folder).Check(s_superd);

    [Test]
    public void Every_folder_has_its_row_in_the_table()
    {
        IEnumerable<string> unknown = s_superd.Types
            .Where(type => type.Namespace.FullName.StartsWith("SuperD", StringComparison.Ordinal) && s_table.FolderOf(type) is null)
            .Select(type => type.FullName);

        Assert.That(unknown, Is.EqualTo(["SuperD.Sequence"]));
    }

    [Test]
    public void No_folder_uses_itself_by_a_detour()
    {
        // The conductor's own folder is left out because that cycle is intended: Upgrading hands over its state, and it starts the upgrade.
        Assert.That(CycleIn(s_table.Arrows(s_superd).Where(arrow => arrow.From != Conductor && arrow.To != Conductor)), Is.Empty);
    }

    [Test]
    public void Only_the_conductor_and_the_composers_join_stages()
    {
        IEnumerable<string> joining = s_superd.Types
            .Where(type => s_table.FolderOf(type) is { } folder && !s_composers.Contains(folder) && folder != "Cli")
            .Where(type => StagesUsedBy(type).Count() > (s_stages.Contains(s_table.FolderOf(type)) ? 0 : 1))
            .Where(type => !s_conductors.Any(name => Regex.IsMatch(type.FullName, $@"^SuperD\.{name}\b")))
            .Select(type => $"{type.FullName} joins {string.Join(", ", StagesUsedBy(type))}");

        Assert.That(joining, Is.Empty);
    }

    [Test]
    public void Only_the_ground_has_unsafe_code_and_calls_libc()
    {
        Assert.That(HasUnsafeCode(typeof(SuperServer).Assembly), Is.False);
        Assert.That(NativeMethodsOf(typeof(SuperServer).Assembly), Is.Empty);

        // Check that the test can fail.
        Assert.That(HasUnsafeCode(typeof(Fd).Assembly), Is.True);
        Assert.That(NativeMethodsOf(typeof(Fd).Assembly), Is.Not.Empty);
    }

    [Test]
    public void An_arrow_that_is_not_in_the_table_is_found()
    {
        EvaluationResult[] failed = [.. s_fixture.RuleFor("Low").Evaluate(s_tests).Where(result => !result.Passed)];

        Assert.That(failed.Select(result => result.EvaluatedObject), Has.One.With.Property("Name").EqualTo("WrongArrow"));
        Assert.That(s_fixture.RuleFor("High").HasNoViolations(s_tests), Is.True);
    }

    [Test]
    public void A_detour_is_found()
    {
        IEnumerable<(string, string)> cycle = CycleIn(s_fixture.Arrows(s_tests)).Select(arrow => (arrow.From, arrow.To));

        Assert.That(cycle, Is.EquivalentTo([("Low", "High"), ("High", "Low")]));
    }

    private static IEnumerable<string> StagesUsedBy(IType type) => type.Dependencies
        .Select(dependency => s_table.FolderOf(dependency.Target))
        .OfType<string>()
        .Where(folder => s_stages.Contains(folder) && folder != s_table.FolderOf(type))
        .Where(folder => (s_table.FolderOf(type), folder) != ("Relaying", "ProxyProtocol"))
        .Distinct();

    /// <summary>The arrows that form a cycle; empty when there is none.</summary>
    private static List<FolderArrow> CycleIn(IEnumerable<FolderArrow> arrows)
    {
        List<FolderArrow> left = [.. arrows];

        // An arrow from a folder that no arrow enters, or into a folder that no arrow leaves, is not part of a cycle.
        while (left.RemoveAll(arrow => !left.Exists(other => other.To == arrow.From) || !left.Exists(other => other.From == arrow.To)) > 0)
        {
        }

        return left;
    }

    /// <summary>Reads the mark that the compiler puts on a module with unsafe code enabled.</summary>
    private static bool HasUnsafeCode(Assembly assembly) => assembly.ManifestModule.IsDefined(typeof(UnverifiableCodeAttribute));

    private static IEnumerable<string> NativeMethodsOf(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
        .Select(method => $"{method.DeclaringType}.{method.Name}");
}
