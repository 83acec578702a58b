namespace SuperD.Linux;

/// <summary>A text to write into a file of a cgroup.</summary>
/// <param name="File">Its name: <c>memory.max</c>.</param>
/// <param name="Text">What is written.</param>
/// <param name="Tolerated">An errno that is no failure; 0 = every errno is.</param>
public readonly record struct CgroupSetting(string File, string Text, int Tolerated = 0);
