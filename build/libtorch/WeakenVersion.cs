using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks a library's reference to a version of the C++ runtime as weak, if the runtime of this machine does not have that version. What it is for stands in
/// build/libtorch.targets, which compiles it.
/// </summary>
public class WeakenVersion : Task
{
    /// <summary>Section of versions that are needed of other libraries (System V ABI, GNU symbol versioning).</summary>
    private const uint VersionsNeeded = 0x6ffffffe;

    /// <summary>Bit of <c>vna_flags</c>: the loader goes on where the version is missing.</summary>
    private const ushort Weak = 2;

    /// <summary>Path of the library, ELF of 64 bits.</summary>
    [Required]
    public string Library { get; set; }

    /// <summary>The version, as in <c>GLIBCXX_3.4.32</c>.</summary>
    [Required]
    public string Version { get; set; }

    public override bool Execute()
    {
        if (RuntimeHasVersion())
        {
            return true;
        }

        var bytes = File.ReadAllBytes(Library);
        if (!Weaken(bytes))
        {
            return true;
        }

        // With the old time the copy counts as unchanged, and later builds leave it. A new file in its place, so that whatever else the old one is linked from stays.
        var time = File.GetLastWriteTimeUtc(Library);
        var changed = Library + ".weak";
        File.WriteAllBytes(changed, bytes);
        File.SetLastWriteTimeUtc(changed, time);
        File.Delete(Library);
        File.Move(changed, Library);
        Log.LogMessage(MessageImportance.High, "{0}: {1} is not in the C++ runtime here; the reference to it is weak in this copy now (why: build/libtorch.targets).", Library, Version);
        return true;
    }

    /// <summary>Whether libstdc++, which .NET itself runs on, knows the version. Where it cannot be found, nothing is changed.</summary>
    private bool RuntimeHasVersion()
    {
        var runtime = File.ReadLines("/proc/self/maps")
            .Select(line => line.Substring(Math.Max(0, line.IndexOf('/'))))
            .FirstOrDefault(path => path.StartsWith("/") && Path.GetFileName(path).StartsWith("libstdc++.so", StringComparison.Ordinal));
        return runtime == null || Encoding.ASCII.GetString(File.ReadAllBytes(runtime)).Contains(Version + "\0");
    }

    /// <summary>Sets the bit; false where it is set already or there is no such reference.</summary>
    private bool Weaken(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2 || elf[5] != 1)
        {
            return false;
        }

        var sections = (long)BitConverter.ToUInt64(elf, 0x28);
        var count = BitConverter.ToUInt16(elf, 0x3c);
        for (var s = 0; s < count; s++)
        {
            var section = (int)(sections + (64 * s));
            if (BitConverter.ToUInt32(elf, section + 4) != VersionsNeeded)
            {
                continue;
            }

            var names = (int)BitConverter.ToUInt64(elf, (int)(sections + (64 * BitConverter.ToUInt32(elf, section + 0x28))) + 0x18);
            var need = (int)BitConverter.ToUInt64(elf, section + 0x18);
            for (uint next = 1; next != 0; need += (int)next)
            {
                var version = need + (int)BitConverter.ToUInt32(elf, need + 8);
                for (uint following = 1; following != 0; version += (int)following)
                {
                    var flags = BitConverter.ToUInt16(elf, version + 4);
                    if (Text(elf, names + (int)BitConverter.ToUInt32(elf, version + 8)) == Version && (flags & Weak) == 0)
                    {
                        elf[version + 4] |= (byte)Weak;
                        return true;
                    }

                    following = BitConverter.ToUInt32(elf, version + 12);
                }

                next = BitConverter.ToUInt32(elf, need + 12);
            }
        }

        return false;
    }

    private static string Text(byte[] bytes, int start)
    {
        return Encoding.ASCII.GetString(bytes, start, Array.IndexOf(bytes, (byte)0, start) - start);
    }
}
