namespace SuperD.Configuration;

/// <summary>One item of <c>only_from</c>, <c>no_access</c> or a list of exempt addresses, as written.</summary>
/// <param name="Prefix">The addresses; means nothing when <paramref name="File"/> is written.</param>
/// <param name="File">A file of addresses, relative to the file it is written in; null for an address.</param>
internal sealed record AccessItemConfig(IpPrefix Prefix, string? File);
