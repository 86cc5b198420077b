using System.Runtime.InteropServices;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// What .NET does not tell of files: their kind and their owner. Asked of the kernel on Linux, where the structure is the same on every processor
/// (statx(2)); elsewhere every file counts as a regular one of the same owner.
/// </summary>
internal static class UnixFile
{
    private const int CurrentFolder = -100;
    private const uint BasicStatus = 0x7ff;
    private const int KindMask = 0xf000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;
    private const UnixFileMode GroupRights = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;

    /// <summary>Whether there is something, links followed, that is neither a regular file nor a folder.</summary>
    public static bool IsSpecial(string path) => Find(path) is { } status && (status.Mode & KindMask) is not (Regular or Folder);

    /// <summary>Gives a file the mode and the owner of another, if there is another. The owner stays where the system does not let it be given away.</summary>
    public static void CopyRights(string from, string to)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(from))
        {
            return;
        }

        var mode = File.GetUnixFileMode(from);
        if (Find(from) is { } old && Find(to) is { } made && (old.User, old.Group) != (made.User, made.Group) &&
            ChangeOwner(to, old.User, old.Group) != 0 && ChangeOwner(to, made.User, old.Group) != 0)
        {
            // What one group may do is no right of another.
            mode &= ~GroupRights;
        }

        File.SetUnixFileMode(to, mode);
    }

    private static Status? Find(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() && ReadStatus(CurrentFolder, path, 0, BasicStatus, out var status) == 0 ? status : null;
        }
        catch (EntryPointNotFoundException)
        {
            // C libraries from before 2018.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "statx", CharSet = CharSet.Ansi)]
    private static extern int ReadStatus(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out Status status);

    [DllImport("libc", EntryPoint = "chown", CharSet = CharSet.Ansi)]
    private static extern int ChangeOwner([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);

    /// <summary>struct statx, of which the beginning is of interest.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
