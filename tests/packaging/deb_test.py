"""The Debian packages: what is in them, and that the program works on a machine that has nothing
but a minimal Debian and the package. Such a machine is made by debootstrap (root, network to the
Debian archive). Arguments: cpack and the build folder."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CPACK, BUILD = sys.argv[1], pathlib.Path(sys.argv[2])

# Who builds a package names himself with FOUNDATION_PACKAGE_CONTACT; a changelog in Debian's form
# is written by a distribution.
ACCEPTED = ["bogus-mail-host", "root-in-contact", "no-changelog"]

ON_THE_MACHINE = """\
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
apt-get -q -y update >/dev/null
apt-get -q -y install --no-install-recommends /package.deb >/dev/null
foundation --version
dpkg -L foundation | sort >/listed
cd /root
foundation doctor --json >/doctor.json || test $? -eq 1
foundation init oscillator job >/dev/null
mpirun --oversubscribe --bind-to none -n 2 \
  foundation optimize --quiet job/job.toml --set strategy.candidates=8 --set execution.slots=1
foundation report job/runs/latest >/dev/null
foundation verify job/runs/latest >/dev/null
dpkg -r foundation >/dev/null
test ! -e /usr/bin/foundation
# Folders that other packages own, too, stay.
while read -r path; do test -d "$path" || test ! -e "$path"; done </listed
test ! -d /usr/share/doc/foundation
echo all of it worked
"""


def run(*command, status=0, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=1000, check=False, **options)
    assert done.returncode == status, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def archive():
    """Address and suite of the Debian archive this machine uses itself."""
    policy = run("apt-cache", "policy")
    for line in policy.splitlines():
        words = line.split()
        if len(words) > 3 and words[0].isdigit() and words[2].endswith("/main") and \
                "debian" in words[1] and "-" not in words[2].split("/")[0]:
            return words[1], words[2].split("/")[0]
    raise AssertionError("no Debian archive among the sources of apt:\n" + policy)


class DebianPackage(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run(CPACK, "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", cls.folder / "out",
            cwd=cls.folder)
        packages = {path.name.split("_")[0]: path for path in (cls.folder / "out").glob("*.deb")}
        assert set(packages) == {"foundation", "foundation-dev"}, packages
        cls.program, cls.development = packages["foundation"], packages["foundation-dev"]

    def field(self, package, name):
        return run("dpkg-deb", "--field", package, name).strip()

    def test_dependencies_are_those_of_the_program(self):
        needed = self.field(self.program, "Depends")
        for library in ("libc6", "libstdc++6", "libgomp1", "libopenmpi3", "libhdf5", "libfmt",
                        "openmpi-bin"):
            self.assertIn(library, needed)
        self.assertNotIn("-dev", needed)
        self.assertEqual(self.field(self.program, "Section"), "science")
        self.assertEqual(self.field(self.development, "Section"), "libdevel")

    def test_files_belong_to_root_and_nobody_else_may_write(self):
        for package in (self.program, self.development):
            for line in run("dpkg-deb", "--contents", package).splitlines():
                mode, owner = line.split()[:2]
                self.assertEqual(owner, "root/root", line)
                self.assertFalse("w" in mode[4:] and not mode.startswith("l"), line)
                self.assertNotIn("s", mode.lower()[1:], line)

    @unittest.skipUnless(shutil.which("lintian"), "no lintian on this machine")
    def test_lintian_finds_no_error(self):
        for package in (self.program, self.development):
            found = subprocess.run(["lintian", "--allow-root", "--suppress-tags",
                                    ",".join(ACCEPTED), package], capture_output=True, text=True,
                                   timeout=400, check=False).stdout
            errors = [line for line in found.splitlines() if line.startswith("E:")]
            self.assertEqual(errors, [], found)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a machine")
    @unittest.skipUnless(shutil.which("debootstrap"), "no debootstrap on this machine")
    def test_it_works_on_a_clean_machine(self):
        address, suite = archive()
        machine = self.folder / "machine"
        run("debootstrap", "--variant=minbase", suite, machine, address)
        self.assertFalse((machine / "usr/bin/mpirun").exists())
        self.assertFalse((machine / "usr/bin/g++").exists())
        shutil.copy(self.program, machine / "package.deb")
        (machine / "on-the-machine.sh").write_text(ON_THE_MACHINE, encoding="utf-8")
        # Mounts and processes live in namespaces and end with them.
        inside = ("mount -t proc proc {0}/proc && mount -t sysfs -o ro sysfs {0}/sys && "
                  "mount -t tmpfs tmpfs {0}/dev/shm && "
                  "exec chroot {0} /bin/sh /on-the-machine.sh").format(machine)
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "OMP_NUM_THREADS": "2"}
        output = run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inside,
                     env=clean)
        self.assertTrue(output.endswith("all of it worked\n"), output)
        checks = json.loads((machine / "doctor.json").read_text(encoding="utf-8"))["checks"]
        self.assertIn("mpi", " ".join(check["check"] for check in checks).lower())
        self.assertEqual([check for check in checks if check["verdict"] == "failed"], [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
