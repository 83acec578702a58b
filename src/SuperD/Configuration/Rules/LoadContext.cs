using System.Collections.Immutable;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>The state shared by all rules of one load: the host, the problems so far, and cached lookups.</summary>
internal sealed class LoadContext(HostContext host)
{
    private readonly Dictionary<Principal, (User? User, int Errno)> _users = [];
    private readonly Dictionary<Principal, (Group? Group, int Errno)> _groups = [];
    private readonly Dictionary<User, ImmutableArray<uint>> _groupsOfUsers = [];
    private readonly Dictionary<string, AddressFile?> _addressFiles = new(StringComparer.Ordinal);
    private readonly Dictionary<object, object> _shared = [];
    private readonly Dictionary<UserRange, UserNamespaceError?> _userNamespaces = [];
    private ImmutableArray<UserRange>? _subordinateUsers;
    private ProcessorSet? _usableProcessors;
    private ProgramChecker? _programs;

    /// <summary>The machine.</summary>
    public HostContext Host => host;

    /// <summary>The processors a handler may use; looked up once.</summary>
    public ProcessorSet UsableProcessors => _usableProcessors ??= host.UsableProcessors();

    /// <summary>The problems found so far.</summary>
    public Problems Problems { get; } = new();

    /// <summary>Checks paths of programs and directories.</summary>
    public PathChecker Paths { get; } = new();

    /// <summary>Finds files for mistyped paths.</summary>
    public NearestFile Files { get; } = new();

    /// <summary>Checks programs.</summary>
    public ProgramChecker Programs => _programs ??= new ProgramChecker(Paths, Files);

    /// <summary>Checks files that root reads or runs; null for no check: superd is not root, or <c>strict_modes</c> is false.</summary>
    public StrictModes? Strict { get; set; }

    /// <summary>Key <c>dynamic_users</c>; null when it is not written.</summary>
    public Written<UserRange>? DynamicUsers { get; set; }

    /// <summary>The users that superd's user has by subuid(5), the largest range first.</summary>
    public ImmutableArray<UserRange> SubordinateUsers => _subordinateUsers ??= host.FindSubordinateUsers(host.UserId, OwnName);

    /// <summary>The port names of the machine.</summary>
    public PortNames Ports { get; } = new(host.PortNamesFile);

    /// <summary>Every file and directory read so far, with its stamp from before the read.</summary>
    public List<(string Path, FileStamp Stamp)> Sources { get; } = [];

    /// <summary>The services directory as shown in messages.</summary>
    public string ServicesDirectory { get; set; } = "";

    /// <summary>See <see cref="LoadResult.Services"/>.</summary>
    public ImmutableArray<ServiceDefinition>? Services { get; set; }

    /// <summary>The absolute directory of superd.toml; null when there is none.</summary>
    public string? ServerDirectory { get; set; }

    /// <summary>See <see cref="LoadResult.UnreadFiles"/>.</summary>
    public ImmutableArray<string> UnreadFiles { get; set; } = [];

    /// <summary>The user with that name or number; null when there is none.</summary>
    /// <param name="principal">The name or number.</param>
    /// <param name="errno">Not 0 when the question could not be answered.</param>
    public User? FindUser(Principal principal, out int errno)
    {
        if (!_users.TryGetValue(principal, out (User? User, int Errno) answer))
        {
            answer.User = principal.Name is null
                ? UserDatabase.FindUser(principal.Id, out answer.Errno)
                : UserDatabase.FindUser(principal.Name, out answer.Errno);
            _users.Add(principal, answer);
        }

        errno = answer.Errno;
        return answer.User;
    }

    /// <summary>The group with that name or number; null when there is none.</summary>
    /// <param name="principal">The name or number.</param>
    /// <param name="errno">Not 0 when the question could not be answered.</param>
    public Group? FindGroup(Principal principal, out int errno)
    {
        if (!_groups.TryGetValue(principal, out (Group? Group, int Errno) answer))
        {
            answer.Group = principal.Name is null
                ? UserDatabase.FindGroup(principal.Id, out answer.Errno)
                : UserDatabase.FindGroup(principal.Name, out answer.Errno);
            _groups.Add(principal, answer);
        }

        errno = answer.Errno;
        return answer.Group;
    }

    /// <summary>The home directory that <c>~</c> means for a handler: its user's; null when it is not known.</summary>
    /// <param name="user">Key <c>user</c>; null: superd's own user, who wrote the file.</param>
    public string? HomeOf(Principal? user) =>
        user is null ? host.Variable("HOME") : FindUser(user.Value, out _) is { Home: ['/', ..] home } ? home : null;

    /// <summary>The home directory that <c>~</c> means for a handler.</summary>
    public string? HomeOf(ProcessDefinition process) =>
        HomeOf(process.Credentials is { } credentials ? new Principal(null, credentials.UserId) : null);

    /// <summary>The supplementary groups of a login of this user.</summary>
    public ImmutableArray<uint> GroupsOf(User user)
    {
        if (!_groupsOfUsers.TryGetValue(user, out ImmutableArray<uint> ids))
        {
            ids = UserDatabase.GroupsOf(user.Name, user.GroupId);
            _groupsOfUsers.Add(user, ids);
        }

        return ids;
    }

    /// <summary>Returns one object for all equal ones, because thousands of services have mostly equal definitions.</summary>
    /// <param name="value">Immutable, and compared by value.</param>
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

    /// <summary>Reads a file of addresses once; null when it is missing or bad, which the first call reports.</summary>
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

    /// <summary>What to do about a missing capability. "Start as root" is no help if superd is root without it (in a container).</summary>
    public string HowToBeAllowed => host.IsRoot ? "give superd that capability" : "start superd as root";

    /// <summary>The name of superd's own user; null if it has none.</summary>
    public string? OwnName => FindUser(new Principal(null, host.UserId), out _)?.Name;

    /// <summary>superd's own user in words: <c>uid 1000 ('jo')</c>.</summary>
    public string OwnUser() => OwnName is { } name ? $"uid {host.UserId} ('{name}')" : $"uid {host.UserId}";

    /// <summary>Why superd cannot become users of such a range; null if it can. Tried once.</summary>
    public UserNamespaceError? FindUserNamespaceObstacle(UserRange users)
    {
        if (!_userNamespaces.TryGetValue(users, out UserNamespaceError? obstacle))
        {
            obstacle = host.FindUserNamespaceObstacle(users);
            _userNamespaces.Add(users, obstacle);
        }

        return obstacle;
    }
}
