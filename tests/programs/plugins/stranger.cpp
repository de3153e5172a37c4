// A shared library that is no plugin.
extern "C" int stranger() { return 0; }
