using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>What all rules of one load share: the host, the problems found so far, and what the machine has already been asked.</summary>
internal sealed class LoadContext(HostContext host)
{
    private readonly Dictionary<Principal, (User? User, int Errno)> _users = [];
    private readonly Dictionary<Principal, (Group? Group, int Errno)> _groups = [];
    private readonly Dictionary<User, ImmutableArray<uint>> _groupsOfUsers = [];
    private readonly Dictionary<string, AddressFile?> _addressFiles = new(StringComparer.Ordinal);
    private readonly Dictionary<object, object> _shared = [];
    private ProcessorSet? _usableProcessors;

    public HostContext Host => host;

    /// <summary>The processors a handler may be put on; looked up once.</summary>
    public ProcessorSet UsableProcessors => _usableProcessors ??= host.UsableProcessors();

    public Problems Problems { get; } = new();

    public PathChecker Paths { get; } = new();

    /// <summary>Judges files that root reads or runs; null when superd is not root or <c>strict_modes</c> is false: then they may be anybody's.</summary>
    public StrictModes? Strict { get; set; }

    public PortNames Ports { get; } = new(host.PortNamesFile);

    /// <summary>Every file and directory read so far, and its state before it was read.</summary>
    public List<(string Path, FileStamp Stamp)> Sources { get; } = [];

    /// <summary>The user of that name or number, or null when there is none.</summary>
    /// <param name="errno">Not 0 when the question could not be answered.</param>
    public User? FindUser(Principal principal, out int errno)
    {
        if (!_users.TryGetValue(principal, out (User? User, int Errno) answer))
        {
            answer.User = principal.Name is null ? UserDatabase.FindUser(principal.Id, out answer.Errno) : UserDatabase.FindUser(principal.Name, out answer.Errno);
            _users.Add(principal, answer);
        }

        errno = answer.Errno;
        return answer.User;
    }

    /// <summary>The group of that name or number, or null when there is none.</summary>
    /// <param name="errno">Not 0 when the question could not be answered.</param>
    public Group? FindGroup(Principal principal, out int errno)
    {
        if (!_groups.TryGetValue(principal, out (Group? Group, int Errno) answer))
        {
            answer.Group = principal.Name is null ? UserDatabase.FindGroup(principal.Id, out answer.Errno) : UserDatabase.FindGroup(principal.Name, out answer.Errno);
            _groups.Add(principal, answer);
        }

        errno = answer.Errno;
        return answer.Group;
    }

    /// <summary>The supplementary groups a login of this user has.</summary>
    public ImmutableArray<uint> GroupsOf(User user)
    {
        if (!_groupsOfUsers.TryGetValue(user, out ImmutableArray<uint> ids))
        {
            ids = UserDatabase.GroupsOf(user.Name, user.GroupId);
            _groupsOfUsers.Add(user, ids);
        }

        return ids;
    }

    /// <summary>One object for all that are equal: thousands of services say the same of most things.</summary>
    /// <param name="value">Immutable, and equal to another by what it says.</param>
    public T Share<T>(T value)
        where T : class
    {
        if (_shared.TryGetValue(value, out object? known) && known is T same)
        {
            return same;
        }

        _shared[value] = value;
        return value;
    }

    /// <summary>A file of addresses, or null when it is missing or bad; that is reported the first time it is asked for.</summary>
    public AddressFile? ReadAddressFile(string path)
    {
        if (!_addressFiles.TryGetValue(path, out AddressFile? file))
        {
            file = AddressFile.Read(path, Problems, Strict);
            _addressFiles.Add(path, file);
            Sources.Add((path, file?.Stamp ?? FileStamp.Of(path)));
        }

        return file;
    }

    /// <summary>What to do when a capability is missing: a root without it (in a container) does not need to hear "start as root".</summary>
    public string HowToBeAllowed => host.IsRoot ? "give superd that capability" : "start superd as root";

    /// <summary>superd's own user in words: <c>uid 1000 ('jo')</c>.</summary>
    public string OwnUser() => FindUser(new Principal(null, host.UserId), out _) is { } user ? $"uid {host.UserId} ('{user.Name}')" : $"uid {host.UserId}";
}
