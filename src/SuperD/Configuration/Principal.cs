namespace SuperD.Configuration;

/// <summary>A user or group as written: by name, or by number if <paramref name="Name"/> is null.</summary>
internal readonly record struct Principal(string? Name, uint Id)
{
    public override string ToString() => Name is null ? Id.ToString() : Wording.Quote(Name);
}
