namespace SuperD.Configuration;

/// <summary>A value as written, with its place. In an <c>XConfig</c> null means "not written".</summary>
internal sealed record Written<T>(T Value, Place Place);
