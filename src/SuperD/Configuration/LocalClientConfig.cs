namespace SuperD.Configuration;

/// <summary>Clients of a Unix-domain socket as written: <c>uid:1000</c>, <c>gid:adm</c>, <c>uid:*</c>.</summary>
/// <param name="Text">For messages.</param>
/// <param name="User">Null when a group or everybody is written.</param>
/// <param name="Group">Null when a user or everybody is written.</param>
internal sealed record LocalClientConfig(string Text, Principal? User, Principal? Group);
