using SuperD.Configuration.Toml;
using SuperD.Linux;

namespace SuperD.Configuration.Values;

/// <summary>A correction of a sandbox's system calls: <c>"+ptrace"</c> allows one, <c>"-@keyring"</c> denies a group.</summary>
internal sealed class SystemCallForm : ValueForm<string>
{
    private const string Allowed = "\"+NAME\" or \"-NAME\" of a system call, or of a group such as @debug";
    private const char Group = '@';

    public override string Type => "name";

    public override Schema Schema => Schema.Text($"[+-]{Group}?[a-z_][a-z0-9_-]*");

    public override bool TryRead(TomlNode node, ValueReader reader, out string value)
    {
        if (!reader.TryText(node, Allowed, out value))
        {
            return false;
        }

        bool isSigned = value is ['+' or '-', ..];
        string name = isSigned ? value[1..] : value;
        if (!isSigned)
        {
            return IsKnown(name)
                ? reader.Fail(
                    node,
                    $"{reader.Key} must be {Allowed}, found {Wording.Show(node)}; write \"+{name}\" to allow it, or \"-{name}\" to deny it")
                : reader.NotAllowed(node, Allowed);
        }

        if (!IsKnown(name))
        {
            string noun = name.StartsWith(Group) ? "group of system calls" : "system call";
            return reader.Fail(node, $"{reader.Key}: there is no {noun} {Wording.Quote(name)} on this machine; {Advice(value[0], name)}");
        }

        return value[0] != '-' || !SystemCallPolicy.NeededToLaunch.Contains(name) || reader.Fail(
            node, $"{reader.Key}: {name} cannot be denied, because superd makes this call to start the program; remove \"-{name}\"");
    }

    private static bool IsKnown(string name) =>
        name.StartsWith(Group) ? SystemCallGroups.TryFind(name, out _) : SystemCallTable.IsKnown(name);

    private static string Advice(char sign, string name) =>
        !name.StartsWith(Group) && IsKnown(Group + name) ? $"did you mean \"{sign}{Group}{name}\"?"
        : name.StartsWith(Group) && IsKnown(name[1..]) ? $"did you mean \"{sign}{name[1..]}\"?"
        : NearestName.Find(name, name.StartsWith(Group) ? SystemCallGroups.Names : SystemCallTable.Names) is { } near
            ? $"did you mean \"{sign}{near}\"?"
        : name.StartsWith(Group) ? $"groups are {string.Join(' ', SystemCallGroups.Names)}"
        : "'man 2 syscalls' lists them";
}
