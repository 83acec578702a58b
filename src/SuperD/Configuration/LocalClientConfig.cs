namespace SuperD.Configuration;

/// <summary>Clients of a Unix-domain socket as written: <c>uid:1000</c>, <c>gid:adm</c>, <c>uid:*</c>.</summary>
/// <param name="Text">As written, for messages.</param>
/// <param name="User">The user; null for a group or for everyone.</param>
/// <param name="Group">The group; null for a user or for everyone.</param>
internal sealed record LocalClientConfig(string Text, Principal? User, Principal? Group);
