/* Prints the markers of an OTF2 archive: scope, what it is about, time, text. The Python module of
 * OTF2 3.0 cannot read them, and otf2-print leaves them out. */
#include <inttypes.h>
#include <otf2/otf2.h>
#include <stdio.h>

static OTF2_CallbackCode print_marker(void* user, OTF2_TimeStamp at, OTF2_TimeStamp duration,
                                      OTF2_MarkerRef marker, OTF2_MarkerScope scope, uint64_t what,
                                      const char* text) {
  (void)user, (void)duration, (void)marker;
  printf("%d %" PRIu64 " %" PRIu64 " %s\n", scope, what, at, text);
  return OTF2_CALLBACK_SUCCESS;
}

int main(int argc, char** argv) {
  OTF2_Reader* reader = argc == 2 ? OTF2_Reader_Open(argv[1]) : NULL;
  if (reader == NULL) return 2;
  OTF2_Reader_SetSerialCollectiveCallbacks(reader);
  OTF2_MarkerReader* markers = OTF2_Reader_GetMarkerReader(reader);
  OTF2_MarkerReaderCallbacks* callbacks = OTF2_MarkerReaderCallbacks_New();
  OTF2_MarkerReaderCallbacks_SetMarkerCallback(callbacks, print_marker);
  uint64_t count = 0;
  const int failed =
      OTF2_Reader_RegisterMarkerCallbacks(reader, markers, callbacks, NULL) != OTF2_SUCCESS ||
      OTF2_Reader_ReadAllMarkers(reader, markers, &count) != OTF2_SUCCESS;
  OTF2_MarkerReaderCallbacks_Delete(callbacks);
  OTF2_Reader_Close(reader);
  return failed;
}
