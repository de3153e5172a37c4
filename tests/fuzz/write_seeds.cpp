#include <cstdio>
#include <filesystem>
#include <fstream>

#include "targets.hpp"

/// usage: foundation-fuzz-seeds CORPUS: writes the inputs of the binary formats anew, after a
/// change of such a format.
int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: foundation-fuzz-seeds CORPUS\n", stderr), 2;
  for (const auto& seed : foundation::fuzz::binary_seeds()) {
    const auto folder = std::filesystem::path{argv[1]} / seed.target;
    std::filesystem::create_directories(folder);
    std::ofstream file{folder / seed.name, std::ios::binary};
    file.write(reinterpret_cast<const char*>(seed.bytes.data()),
               static_cast<std::streamsize>(seed.bytes.size()));
    if (!file.flush()) return 1;
  }
  return 0;
}
