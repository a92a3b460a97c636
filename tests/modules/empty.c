/* A shared object that is no module. */
int tined_test_empty = 1;
